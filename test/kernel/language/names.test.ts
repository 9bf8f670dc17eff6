/** Cells that call their things as globals are called: later cells see the cell's, everything else the global. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { withoutMarks } from '../../../src/kernel/cell-names.ts';
import { makeProject } from '../modules/project.ts';
import { CellSession } from './cell-session.ts';

/** A cell and its result. */
type Step = readonly [source: string, result: string | undefined];

const library = `
export const makeSet = () => new Set([1, 1]).size;
export const Symbol = 'mine';
export const load = async () => Object.keys(await import('./other.ts'));
`;

const sequences: Readonly<Record<string, readonly Step[]>> = {
  'a class, seen by later cells and by nobody else': [
    ['class Set { items = [7] }\nnew Set().items', '[ 7 ]'],
    ['[new Set().items.length, typeof Set, Set.name]', "[ 1, 'function', 'Set' ]"],
    ["import { makeSet } from './library.ts'; makeSet()", '1'],
    ['new globalThis.Set([1, 2]).size', '2'],
    ['const shown = { Set }; Object.keys(shown).length + (shown.Set === Set ? 1 : 0)', '2'],
  ],
  'every form of declaration': [
    ['var process = { argv: 1 }; process.argv', '1'],
    ['function require(what: string) { return `mine ${what}` } require("x")', "'mine x'"],
    ["import path1 = require('node:path'); path1.basename('/a/b')", "'b'"],
    ['class Object { own = 1 } [new Object().own, { a: 1 }]', '[ 1, { a: 1 } ]'],
    ['enum Map { One = 1, Two = One * 2 } [Map.Two, Map[1]]', "[ 2, 'One' ]"],
    ['namespace URL { export const here = 1; export function far() { return here + 1 } } URL.far()', '2'],
    ['namespace Deep.Date { export const now = 5 } import Short = Deep.Date; Short.now', '5'],
    [
      'const { Array, Error: [Number = 2] } = { Array: 1, Error: [] as number[] }; [Array, Number]',
      '[ 1, 2 ]',
    ],
    ['let Promise = 3; Promise += 1; Promise++; Promise', '5'],
    ['abstract class JSON<T> { static parse = 1; value?: T } JSON.parse', '1'],
    ['const NaN = 1, Infinity = 2; NaN + Infinity', '3'],
    ['if (true) { var Reflect = 8 } Reflect', '8'],
    [
      'const __proto__ = { far: 1 }; const made = { __proto__ }; [globalThis.Object.keys(made).length]',
      '[ 1 ]',
    ],
    ['for (var Proxy of [1, 2]) {}', undefined],
    ['Proxy', '2'],
    ['async function* Iterator() { yield 4 } for await (const each of Iterator()) print(each)', undefined],
    ['export const WeakMap = 1; export default WeakMap + 1', '2'],
    ['export default class { x = 1 }', undefined],
    ['export default class { static y = 2 }', undefined],
    ['export default class Error { x = 2 } ; new Error().x', '2'],
  ],
  'what a function, block or class declares stays its own': [
    ['const RegExp = "outer"', undefined],
    ['((RegExp: number) => RegExp + 1)(1)', '2'],
    ['{ const RegExp = 1; print(RegExp) } RegExp', "'outer'"],
    ['for (const RegExp of [5]) print(RegExp); RegExp', "'outer'"],
    ['try { throw 6 } catch (RegExp) { print(RegExp) } RegExp', "'outer'"],
    ['(function RegExp(): string { return typeof RegExp })()', "'function'"],
    ['((a = RegExp) => { var RegExp = "inner"; return [a, RegExp] })()', "[ 'outer', 'inner' ]"],
    ['RegExp: for (;;) { break RegExp } RegExp', "'outer'"],
    [
      'class Holder { RegExp = 1; static [RegExp] = 2; get() { return [this.RegExp, RegExp] } } new Holder().get()',
      "[ 1, 'outer' ]",
    ],
    ['(({ RegExp: other = RegExp }: { RegExp?: string }) => other)({})', "'outer'"],
    ['switch (1 as number) { case 1: let RegExp = 3; print(RegExp) } RegExp', "'outer'"],
    ['const tag = { RegExp: 1 }.RegExp; [tag, typeof RegExp]', "[ 1, 'string' ]"],
  ],
  'types of the name of a global leave its value alone': [
    [
      'interface Promise { own: 1 } type Date = 5; const five: Date = 5; [await (async () => five)(), typeof Date]',
      "[ 5, 'function' ]",
    ],
    ["import type { URL } from 'node:url'; const at: URL = new globalThis.URL('http://a/'); at.host", "'a'"],
    ['declare global { var planted: number } globalThis.planted = 4; planted', '4'],
    ['declare const structuredClone: (it: number) => number; structuredClone(5)', '5'],
  ],
  'functions keep their names': [
    ['const Buffer = () => 1; let clearTimeout = function () {}; const escape = class {}', undefined],
    ['[Buffer.name, clearTimeout.name, escape.name]', "[ 'Buffer', 'clearTimeout', 'escape' ]"],
    ['const { atob = () => 1 } = {} as { atob?: () => number }; atob.name', "'atob'"],
    ['clearTimeout = () => {}; clearTimeout.name', "'clearTimeout'"],
    ['function btoa() {} btoa.name', "'btoa'"],
    [
      'class Blob { static self = new Blob(); static first = Blob.name } [Blob.first, Blob.self instanceof Blob]',
      "[ 'Blob', true ]",
    ],
    [
      'function mark<T extends new () => object>(type: T) { return type } @mark class File { static own = File.name } File.own',
      "'File'",
    ],
  ],
  'closures and later cells share the variable': [
    [
      'let console = 1; const readConsole = () => console; const setConsole = (value: number) => { console = value }',
      undefined,
    ],
    ['console = 2; readConsole()', '2'],
    ['setConsole(3); console', '3'],
    ['let console = "again"; readConsole() as unknown', "'again'"],
    ['for (console of ["a", "b"]) {} readConsole() as unknown', "'b'"],
    ['[console] = ["c"]; ({ console } = { console: console + "d" }); readConsole() as unknown', "'cd'"],
  ],
  'an import follows the variable of its module, as in a module': [
    [
      "import { count, step, read as fixed } from './counter.ts'; step(); [count, typeof fixed]",
      "[ 1, 'function' ]",
    ],
    [
      'const readCount = () => count; step(); [readCount(), { count }.count, typeof count]',
      "[ 2, 2, 'number' ]",
    ],
    ['for (const each of [1, 2]) { step(); print(each) } [count, readCount(), fixed()]', '[ 4, 4, 4 ]'],
    ["import { count } from './counter.ts'; step(); count", '5'],
    ["import { total, add } from 'plain-esm'; add(); total", '2'],
    ['let count = "mine"; [count, readCount() as unknown]', "[ 'mine', 'mine' ]"],
    ['count = "other"; readCount() as unknown', "'other'"],
    ["import whole, { amount, raise } from './both.ts'; raise(); [amount, whole.amount]", '[ 1, 0 ]'],
    ["import { total as sum } from 'plain-esm'; add(); sum", '3'],
    ['const amount = null; const readTotal = () => total; [amount, sum]', '[ null, 3 ]'],
    [
      "import { add as total } from 'plain-esm'; [typeof total, typeof readTotal()]",
      "[ 'function', 'function' ]",
    ],
  ],
  'modules of the folder may use such names as well': [
    ["import { load, Symbol } from './library.ts'; [Symbol, await load()]", "[ 'mine', [ 'default' ] ]"],
    [
      'const __st_cell = 5; const __st_wait = 6; [__st_cell, await __st_wait, typeof import.meta.url]',
      "[ 5, 6, 'string' ]",
    ],
  ],
};

suite('names of cells', () => {
  let session: CellSession;
  const cleaners: (() => unknown)[] = [];
  const owner = { after: (clean: () => unknown) => void cleaners.push(clean) } as Parameters<
    typeof makeProject
  >[0];
  before(async () => {
    const files = {
      'library.ts': library,
      'other.ts': 'export default 1;\n',
      'counter.ts':
        'export let count = 0;\nexport function step() { count += 1 }\nexport const read = () => count;\n',
      'both.ts':
        'export let amount = 0; export function raise() { amount += 1 } export default { amount };\n',
      'shapes.ts': 'export interface Shape { side: number }\n',
      'proto.json': '\uFEFF{ "__proto__": { "a": 1 }, "b": 2 }',
      'node_modules/plain-esm/package.json':
        '{ "name": "plain-esm", "type": "module", "exports": "./index.js" }',
      'node_modules/plain-esm/index.js': 'export let total = 1; export function add() { total += 1 }\n',
    };
    session = await CellSession.start(owner, makeProject(owner, files));
  });
  after(async () => {
    for (const clean of cleaners.reverse()) await clean();
  });

  for (const [title, steps] of Object.entries(sequences)) {
    test(title, async () => {
      for (const [source, result] of steps) {
        const outcome = await session.run(source);
        assert(outcome.ran && outcome.error === undefined, JSON.stringify({ source, outcome }, null, 1));
        assert.equal(outcome.value, result, source);
      }
    });
  }

  test('a constant takes no other value where nothing is checked either', async () => {
    await session.value('const fixed1 = 1; let open = { fixed1: 2 }; using held = null;');
    await session.value("import { read } from './counter.ts'");
    const writes = [
      'fixed1 = 2',
      'fixed1 += 2',
      'fixed1++',
      '--fixed1',
      '[fixed1] = [2]',
      '({ fixed1 } = open)',
    ];
    writes.push('({ a: [fixed1 = 5] = [], ...open } = open)', 'for (fixed1 of [2]) print(1)', 'held = open');
    writes.push('fixed1 &&= 2', '(() => { fixed1 = 2 })()', 'read = open', 'const own1 = 1; own1 = 2');
    for (const write of writes) {
      const { error, printed } = await session.run(`// @check off\n${write}`);
      assert.equal(error, 'TypeError: Assignment to constant variable.', write);
      assert.deepEqual(printed, []);
    }
    assert.equal((await session.run('(fixed1 as number) = 2')).error?.split(':')[0], 'TypeError');
    const reads = 'fixed1 ||= 2; fixed1 ??= 2; [[fixed1][0], -fixed1, ((fixed1) => (fixed1 = 5))(0)]';
    assert.equal(await session.value(`// @check off\n${reads}`), '[ 1, -1, 5 ]');
    assert.equal(await session.value('let fixed1 = 3; fixed1 = 4; fixed1'), '4');
  });

  test('what an import is called in messages is its own name', async () => {
    await session.value("import { total as whole1, total } from 'plain-esm'; const wrong = 1;");
    for (const name of ['wrong', 'whole1', 'total']) {
      const { error = '' } = await session.run(`// @check off\n${name}()`);
      assert.equal(withoutMarks(error), `TypeError: ${name} is not a function`);
    }
  });

  test('a name declared twice in a cell is refused where nothing is checked either', async () => {
    const cells = [
      'let twice = 1; const twice = 2',
      'var twice = 1; class twice {}',
      'function twice() {} let twice',
    ];
    cells.push("import { read as twice } from './counter.ts'; let [twice] = [1]");
    cells.push('enum twice { a } const twice = 1', 'let twice = 1; { var twice = 2 }');
    cells.push(
      '{ let twice = 1; for (var twice of [2]) {} }',
      'namespace twice { export const a = 1 } let twice',
    );
    for (const level of ['off', 'warn']) {
      for (const cell of cells) {
        const { ran, diagnostics } = await session.run(`// @check ${level}\n${cell}`);
        assert.equal(ran, false, cell);
        assert.match(diagnostics[0]!.message, /redeclare.*'twice'/);
      }
    }
    const fine =
      'var twice = 1; var twice = 2; function more() {} function more() {} interface Twice {} class Twice {}';
    assert.equal(await session.value(`// @check off\n${fine}; twice`), '2');
    const merged =
      'enum Both { a = 1 } enum Both { b = 2 } namespace Both { export const c = 3 } try { throw 1 } catch (own) { var own: any = 4 } let far = 5; (() => { var far = 6 })(); { function far() {} }';
    assert.equal(
      await session.value(`// @check off\n${merged}; [Both.a + Both.b + Both.c, own, far]`),
      '[ 6, undefined, 5 ]',
    );
  });

  test('a value may have the name of an imported type, checked or not', async () => {
    for (const level of ['error', 'off']) {
      const source = `import { Shape } from './shapes.ts'; const Shape = (side: number): Shape => ({ side }); Shape(2).side`;
      assert.equal(await session.value(`// @check ${level}\n${source}`), '2');
      assert.equal(await session.value('const again: Shape = Shape(3); again.side'), '3');
      assert.match((await session.run('// @check off\nShape = 1')).error ?? '', /constant/);
    }
    await session.value("import type { Shape } from './shapes.ts'; let Shape = 1;");
    assert.equal(await session.value('Shape = 2; Shape'), '2');
  });

  test('a JSON file may have a key that is called as the prototype is, and a byte order mark', async () => {
    assert.equal(
      await session.value("import proto from './proto.json'; globalThis.Object.keys(proto)"),
      "[ '__proto__', 'b' ]",
    );
  });
});
