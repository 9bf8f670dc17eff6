/** `npm test` runs several files in a process, from code compiled once: none is lost, and each fails as it does alone. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { projectAt } from '../../src/install/folders.ts';
import { tempFolder } from '../install/helpers.ts';
import { runIn } from './tiny-clone.ts';

interface Group {
  readonly name: string;
  readonly files: readonly string[];
}

const scripts = path.join(projectAt().folder, 'scripts');
const { ALONE, FIRST, TOGETHER, endingFlags, groupsOf, testTree, writePrograms } = (await import(
  pathToFileURL(path.join(scripts, 'test-groups.mjs')).href
)) as {
  ALONE: Record<string, string>;
  FIRST: readonly string[];
  TOGETHER: Record<string, { starts: readonly string[] }>;
  endingFlags: (limitMs: number) => string[];
  groupsOf: (files: readonly string[]) => Group[];
  testTree: () => string[];
  writePrograms: (groups: readonly Group[], folder: string) => string[];
};

const files = testTree().filter((file) => file.endsWith('.test.ts'));

test('every test file runs once, and none with files of another room that it is not said to run together with', () => {
  const groups = groupsOf(files);
  assert.deepEqual(groups.flatMap((group) => group.files).sort(), files);
  assert.equal(new Set(groups.map(({ name }) => name)).size, groups.length);
  for (const group of groups.filter(({ name }) => !(name in TOGETHER))) {
    const rooms = new Set(group.files.map((file) => file.split('/').slice(1, -1)[0]));
    assert.equal(rooms.size, 1, group.name);
  }
});

test('what is said to run alone is there, and does', () => {
  const groups = groupsOf(files);
  const alone = groups.filter((group) => group.files.length === 1);
  const together = groups.filter(({ name }) => name in TOGETHER).flatMap((group) => group.files);
  for (const start of Object.keys(ALONE)) {
    const named = files.filter((file) => file.startsWith(start) && !together.includes(file));
    assert.ok(named.length > 0, `scripts/test-groups.mjs names ${start}, which is gone`);
    for (const file of named)
      assert.ok(alone.some((group) => group.files[0] === file), file); // prettier-ignore
  }
});

test('what is said to run together does, and what takes longest begins first', async (t) => {
  const groups = groupsOf(files);
  for (const [name, { starts }] of Object.entries(TOGETHER)) {
    const group = groups.find((one) => one.name === name);
    for (const start of starts) {
      const named = files.filter((file) => file.startsWith(start));
      assert.ok(named.length > 0, `scripts/test-groups.mjs names ${start}, which is gone`);
      for (const file of named) assert.ok(group?.files.includes(file), file);
    }
  }
  const firstOf = (start: string) => groups.findIndex(({ name }) => name.startsWith(start));
  const places = FIRST.map(firstOf);
  assert.ok(
    !places.includes(-1),
    `scripts/test-groups.mjs names ${FIRST[places.indexOf(-1)]}, which is gone`,
  );
  assert.deepEqual(places, places.toSorted((one, other) => one - other)); // prettier-ignore
  const programs = writePrograms(groups, path.join(await tempFolder(t), 'programs'));
  assert.equal(programs.length, groups.length);
  assert.deepEqual(programs, programs.toSorted(), 'Node starts programs by the order of their names');
});

test('what programs cost is summed up, the dearest first, with what they started and their dear files', async (t) => {
  const folder = await tempFolder(t);
  const library = pathToFileURL(path.join(scripts, 'test-cost.mjs')).href;
  const { costTable } = (await import(library)) as {
    costTable: (
      folder: string,
      others: readonly { name: string; seconds: number }[],
      started: number,
    ) => string;
  };
  const busy = 'while (process.cpuUsage().user < 300_000);';
  const program = `import { execFileSync } from 'node:child_process';
    import { leaveCost, noteCost } from ${JSON.stringify(library)};
    leaveCost('busy child', ${JSON.stringify(folder)});
    noteCost('dear.test.ts', 7.25);
    noteCost('cheap.test.ts', 0.5);
    execFileSync(process.execPath, ['-e', ${JSON.stringify(busy)}]);`;
  const { code, text } = await runIn(folder, ['--input-type=module', '-e', program]);
  assert.equal(code, 0, text);
  const table = costTable(folder, [{ name: 'checks', seconds: 60 }], 1);
  assert.match(
    table,
    /^ +60\.0 {2}checks\n +(\d+\.\d) {2}busy child\n +7\.3 {2}dear\.test\.ts\n +6\d\.\d {2}all$/m,
  );
  assert.doesNotMatch(table, /cheap/);
  await fs.writeFile(path.join(folder, '1.cost.json.part'), '{"name": "kil');
  assert.match(costTable(folder, [], 3), / all but 2 of 3 programs, which did not come to their end$/);
  const [, seconds] = table.match(/(\d+\.\d) {2}busy child/) ?? [];
  if (process.platform === 'linux') assert.ok(Number(seconds) >= 0.3, table);
});

test('what failed is named at the end, each test once, with its place and its error', async (t) => {
  const folder = await tempFolder(t);
  const program = path.join(folder, 'program.test.mjs');
  await fs.writeFile(
    program,
    `import { describe, test } from 'node:test';
    test('good', () => undefined);
    describe('a file', () => {
      test('bad', () => { throw new RangeError('not seven'); });
      test('later', { todo: true }, () => { throw new Error('not yet'); });
    });
    test('outer', (t) => t.test('inner', () => { throw 'a text'; }));`,
  );
  const failed = path.join(folder, 'failed.txt');
  const reporter = pathToFileURL(path.join(scripts, 'failed-tests.mjs')).href;
  const flags = [`--test-reporter=${reporter}`, `--test-reporter-destination=${failed}`];
  const { code } = await runIn(folder, ['--test', ...flags, program], { NODE_TEST_CONTEXT: undefined });
  assert.equal(code, 1);
  const text = await fs.readFile(failed, 'utf8');
  // Older Nodes show an error of another context with its kind behind its name.
  assert.deepEqual(
    [...text.matchAll(/^✗ .*program\.test\.mjs:(\d) (.*)\n {4}(.*)$/gm)].map((found) =>
      found.slice(1).map((text) => text.replace(' [Error]', '')),
    ),
    [
      ['4', 'bad', 'RangeError: not seven'],
      ['7', 'inner', "'a text'"],
    ],
    text,
  );
  assert.doesNotMatch(text, /good|later|outer|a file/);
});

const GOOD = `import { after, before, beforeEach, test } from 'node:test';
  let ready = 0;
  before(() => { ready += 1; });
  beforeEach(() => { ready += 1; });
  after(() => console.log('end of', import.meta.url.slice(-7), ready));
  test('one', (t) => t.test('within', () => {}));
  test('two', () => { if (ready < 3) throw new Error('hooks of this file'); });`;

/** Runs these files together, as `npm test` does; gives the exit code and the report. */
async function together(t: TestContext, texts: Record<string, string>) {
  const folder = await tempFolder(t);
  const named = Object.keys(texts).map((name) => ({
    name,
    url: pathToFileURL(path.join(folder, name)).href,
  }));
  for (const { name } of named) await fs.writeFile(path.join(folder, name), texts[name]!);
  const entry = path.join(folder, 'group.mjs');
  const library = pathToFileURL(path.join(scripts, 'test-together.mjs')).href;
  await fs.writeFile(
    entry,
    `import { runTogether } from ${JSON.stringify(library)};\nawait runTogether(${JSON.stringify(named)});`,
  );
  const flags = ['--test-reporter=tap', ...endingFlags(5_000)];
  return runIn(folder, ['--test', ...flags, entry], { NODE_TEST_CONTEXT: undefined });
}

test('files that run together keep their hooks to themselves, and every test is counted', async (t) => {
  const { code, text } = await together(t, { 'one.mjs': GOOD, 'two.mjs': GOOD });
  assert.equal(code, 0, text);
  assert.match(text, /^# tests 6$/m);
  assert.match(text, /^# pass 6$/m);
  // One `before`, and `beforeEach` of two tests; a test within a test counts on older Nodes only.
  assert.equal(text.match(/end of (?:one|two)\.mjs [34]/g)?.length, 2, text);
  assert.ok(text.indexOf('end of one.mjs') < text.indexOf('Subtest: two.mjs'), 'one after the other');
});

const BAD: Record<string, string> = {
  'cannot be loaded': `throw new Error('of no use');`,
  'has no test': `export {};`,
  'ends the process': `import { test } from 'node:test'; test('ends', () => process.exit(0));`,
  'ends the process, last': `import { test } from 'node:test'; test('ends', () => process.exit(0));`,
  'throws late': `import { test } from 'node:test';
    test('late', async () => { setTimeout(() => { throw new Error('late'); }); await new Promise((end) => setTimeout(end, 100)); });`,
  'never ends': `import { test } from 'node:test'; test('waits', () => new Promise(() => {}));`,
};

for (const [what, bad] of Object.entries(BAD)) {
  test(`a file that ${what} fails the run, beside one that passes`, async (t) => {
    const names = what.endsWith('last') ? ['good.mjs', 'bad.mjs'] : ['bad.mjs', 'good.mjs'];
    const both = names.map((name) => [name, name === 'bad.mjs' ? bad : GOOD]);
    const { code, text } = await together(t, Object.fromEntries(both) as Record<string, string>);
    assert.equal(code, 1, text);
    assert.match(text, /^not ok/m);
    assert.match(text, /bad\.mjs|group\.mjs/);
  });
}

test('sources are compiled once, again when they change, and errors name their lines', async (t) => {
  const folder = path.join(await tempFolder(t), 'a clone');
  for (const name of ['src', 'test', 'bench', 'scripts'])
    await fs.mkdir(path.join(folder, name), { recursive: true });
  for (const name of ['compiled-typescript.mjs', 'register-compiled.mjs'])
    await fs.copyFile(path.join(scripts, name), path.join(folder, 'scripts', name));
  await fs.symlink(projectAt().nodeModules, path.join(folder, 'node_modules'));
  await fs.writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  const write = (name: string, text: string) => fs.writeFile(path.join(folder, 'src', name), text);
  await write('part.ts', 'interface Unused {\n  a: number;\n}\nexport const part: number = 1;\n');
  await write('main.ts', "import { part } from './part.ts';\n\nconsole.log('part', part as number);\n");
  const loader = pathToFileURL(path.join(folder, 'scripts', 'register-compiled.mjs')).href;
  const run = () => runIn(folder, ['--import', loader, path.join(folder, 'src', 'main.ts')]);
  const kept = async () => (await fs.readdir(path.join(folder, '.streamtrain/compiled/src'))).sort();

  const compile = `await (await import('./scripts/compiled-typescript.mjs')).compileAll();`;
  const compileAll = () => runIn(folder, ['--input-type=module', '-e', compile]);
  assert.deepEqual(await compileAll(), { code: 0, text: '' });
  const first = await kept();
  assert.deepEqual(await run(), { code: 0, text: 'part 1\n' });
  assert.deepEqual(await kept(), first, 'nothing was compiled again');

  await write('part.ts', 'type Unused = 1;\n\n\nthrow new Error("line four");\nexport const part = 2;\n');
  const failed = await run();
  assert.equal(failed.code, 1);
  assert.match(failed.text, /src\/part\.ts:4\b/);
  assert.doesNotMatch(failed.text, /\.streamtrain/);
  assert.equal((await kept()).length, 3);
  await compileAll();
  assert.equal((await kept()).length, 2, 'what was compiled of the old text is gone');
});

test('programs that tests start are bundled: they run, know where they are, and errors name their lines', async (t) => {
  const own = projectAt();
  const folder = path.join(own.stateFolder, 'tests', `programs-${process.pid}`);
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  const library = pathToFileURL(path.join(scripts, 'bundled-programs.mjs')).href;
  const { bundlePrograms } = (await import(library)) as { bundlePrograms: (to: string) => Promise<void> };
  await bundlePrograms(folder);
  const run = (file: string, ...args: string[]) =>
    runIn(own.folder, ['--enable-source-maps', path.join(folder, file), ...args]);
  // The version stands in package.json, two folders above the file that asks.
  const { version } = JSON.parse(await fs.readFile(path.join(own.folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  assert.deepEqual(await run('src/cli/main.js', '--version'), { code: 0, text: `${version}\n` });
  const failed = await run('test/training/online/signal-child.js', 'no json');
  assert.equal(failed.code, 1);
  assert.match(failed.text, /test\/training\/online\/signal-child\.ts:\d+/);
});
