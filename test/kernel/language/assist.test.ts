/** Completion, inspection and the question whether a cell is complete. */
import assert from 'node:assert/strict';
import { suite, test, before, after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { CellLanguage, LiveValues } from '../../../src/kernel/contracts.ts';
import { makeProject } from '../modules/project.ts';
import { makeLanguage } from './cell-session.ts';

const live: LiveValues = {
  propertiesOf: async (path) =>
    path === 'anything' ? ['liveOne', 'liveTwo'] : path === 'process.env' ? ['PATH', 'TZ'] : [],
  preview: async (path) => (path === 'anything' ? '{ liveOne: 1 }' : undefined),
};

/** `|` is the cursor; the names that have to be offered, and where the replaced text begins. */
const completions: readonly (readonly [cell: string, names: readonly string[], from?: number])[] = [
  ['frame.|', ['columns', 'count'], 6],
  ['frame.co|', ['columns', 'count'], 6],
  ['fra|', ['frame'], 0],
  ['anything.|', ['liveOne', 'liveTwo'], 9],
  ['anything.liveT|', ['liveTwo'], 9],
  ['anything\n  .|', ['liveOne', 'liveTwo'], 12],
  ['anything. |', ['liveOne', 'liveTwo'], 10],
  ["anything['liveT|']", ['liveTwo'], 10],
  ['(anything as any)!.|', ['liveOne']],
  ['process.env.PA|', ['PATH'], 12],
  ["process?.env['PA|", ['PATH'], 14],
  ['setMode("|")', ['fast', 'slow'], 9],
  ['setMode("f|', ['fast'], 9],
  ["import x from './ut|'", ['util']],
  ["import x from 'node:f|'", ['node:fs']],
  ["import x from 'some-p|'", ['some-package']],
  ["import { bas| } from 'node:path'", ['basename']],
  ['function f() { const inner = 5; inn|', ['inner']],
  ['if (frame) {\n  frame.|', ['rows']],
  ['console.log(frame.|', ['rows']],
  ['`${frame.|}`', ['rows']],
  ['const o: { alpha: number } = { al| }', ['alpha']],
  ['new Poi|', ['Point']],
  ['let m: Mo|', ['Mode']],
  ['const local = 1; loc|', ['local']],
  ['readFileS|', ['readFileSync'], 0],
  ['helpf|', ['helpful'], 0],
  ['packag|', ['packaged'], 0],
  ['display.ht|', ['html']],
];

const inspections: readonly (readonly [cell: string, expected: RegExp])[] = [
  ['fra|me.columns', /const frame: \{[^]*columns: string\[\][^]*The frame\./],
  ['frame|', /The frame\./],
  ['frame.cou|nt', /count\(x: number\): number[^]*Counts\./],
  ['frame.count(|)', /count\(x: number\): number/],
  ['anything|', /liveOne: 1/],
  ['JSON.stringify|', /@param|\*@param\*/],
  ['const q = 1; q|', /const q: 1/],
];

/** Whether a name is offered after a while. */
async function isOffered(language: CellLanguage, name: string): Promise<boolean> {
  for (let turn = 0; turn < 10; turn++) {
    await setTimeout(200);
    const { entries } = await language.complete(name, name.length);
    if (entries.some(({ text }) => text === name)) return true;
  }
  return false;
}

suite('at the cursor', () => {
  const cleaners: (() => unknown)[] = [];
  const owner = { after: (clean: () => unknown) => void cleaners.push(clean) } as Parameters<
    typeof makeProject
  >[0];
  let language: CellLanguage;
  before(async () => {
    const cwd = makeProject(owner, {
      'package.json': { name: 'theirs', dependencies: { 'some-package': '1' } },
      'util.ts': 'export const helpful = 1;\n',
      'node_modules/some-package/package.json': {
        name: 'some-package',
        types: './index.d.ts',
        main: './index.js',
      },
      'node_modules/some-package/index.d.ts': 'export * from "./more";',
      'node_modules/some-package/more.d.ts': 'export declare function packaged(): void;',
    });
    language = makeLanguage(cwd);
    const compiled = language.compile(
      '/** The frame. */ const frame = { columns: ["a"], rows: 3,\n/** Counts. */\ncount(x: number) { return x } };\n' +
        'let anything: any = {}; type Mode = "fast" | "slow"; function setMode(m: Mode) {} class Point { x = 1 }',
      1,
    );
    assert.ok(compiled.ok);
    language.accept(compiled.cell);
    await language.complete('xyz', 3);
    assert.ok(await isOffered(language, 'packaged'), 'the package is read in the background');
  });
  after(() => {
    language.dispose();
    cleaners.forEach((clean) => clean());
  });

  const taken: number[] = [];
  for (const [cell, names, from] of completions) {
    test(`completes ${JSON.stringify(cell)}`, async () => {
      const cursor = cell.indexOf('|');
      const start = performance.now();
      const list = await language.complete(cell.replace('|', ''), cursor, live);
      taken.push(performance.now() - start);
      const offered = list.entries.map(({ text }) => text);
      for (const name of names)
        assert.ok(offered.includes(name), `${name} among ${offered.slice(0, 20).join()}`);
      assert.ok(
        offered.every((name) => !/\$st|\^/.test(name)),
        'nothing of our own',
      );
      assert.ok(list.from <= cursor && list.to >= cursor);
      if (from !== undefined) assert.equal(list.from, from);
    });
  }

  for (const [cell, expected] of inspections) {
    test(`explains ${JSON.stringify(cell)}`, async () => {
      const found = await language.inspect(cell.replace('|', ''), cell.indexOf('|'), 1, live);
      assert.match(found?.plain ?? '', expected);
      assert.match(found?.markdown ?? '', /```/);
    });
  }

  test('says nothing where there is nothing', async () => {
    assert.equal(await language.inspect('   ', 1, 1, live), undefined);
    assert.equal(await language.inspect('', 0, 0), undefined);
  });

  test('words of strings and comments, keys and locals name no values of cells', async () => {
    for (const cell of [
      '(anything: any) => anything',
      '{ let anything: any; anything',
      '({ a: 1 }).anything',
    ])
      assert.doesNotMatch((await language.inspect(cell, cell.length, 0, live))?.plain ?? '', /liveOne/, cell);
    const own = '(anything: any) => anything.';
    assert.deepEqual((await language.complete(own, own.length, live)).entries, []);
    const texts = ["'anything", '`${1} anything', '// anything', '/* anything', "f('anything"];
    for (const cell of texts) {
      assert.equal(await language.inspect(cell, cell.length, 0, live), undefined, cell);
      const { entries } = await language.complete(`${cell}.`, cell.length + 1, live);
      assert.deepEqual(entries, [], cell);
    }
    for (const cell of ['`${anything', "'it'; anything", '/* a */ anything']) {
      assert.ok(await language.inspect(cell, cell.length, 0, live), cell);
      const { entries } = await language.complete(`${cell}.`, cell.length + 1, live);
      assert.equal(entries.length, 2, cell);
    }
  });

  test('latency', (t) => {
    taken.sort((one, other) => one - other);
    t.diagnostic(`completion: median ${taken[taken.length >> 1]?.toFixed(1)} ms of ${taken.length}`);
    const times: number[] = [];
    for (let index = 0; index < 40; index++) {
      const start = performance.now();
      const compiled = language.compile(`const v${index}: number = ${index}; v${index}`, index);
      if (compiled.ok) language.accept(compiled.cell);
      times.push(performance.now() - start);
    }
    times.sort((one, other) => one - other);
    t.diagnostic(`trivial typed cell: median ${times[20]!.toFixed(1)} ms`);
  });

  for (const [cell, status, indent] of [
    ['a', 'complete'],
    ['', 'complete'],
    ['function f() {\n  return 1;\n}', 'complete'],
    ['if (x) {', 'incomplete', '  '],
    ['foo([{', 'incomplete', '      '],
    ['const x =', 'incomplete', ''],
    ['const x = `abc', 'incomplete', ''],
    ['/* note', 'incomplete', ''],
    ['a +', 'incomplete', ''],
    ['class A {\n  m() {', 'incomplete', '    '],
    ['const s = "abc', 'invalid'],
    ['let 5 = 3', 'invalid'],
    ['a ) b', 'invalid'],
  ] as const) {
    test(`${JSON.stringify(cell)} is ${status}`, () => {
      assert.deepEqual(language.isComplete(cell), indent === undefined ? { status } : { status, indent });
    });
  }
});
