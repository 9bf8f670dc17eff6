/** A language service that starts from its snapshot says what one without says; what may not be used is not used. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { before, after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type * as Snapshot from '../../../src/kernel/language/snapshot.ts';
import type * as Client from '../../../src/kernel/server/language-client.ts';
import type { Compiled, CompletionList } from '../../../src/kernel/contracts.ts';
import { makeProject } from '../modules/project.ts';

// Node takes a snapshot of what is compiled only.
const dist = new URL('../../../dist/kernel/', import.meta.url);
const { findSnapshot, sumOf } = (await import(new URL('language/snapshot.js', dist).href)) as typeof Snapshot;
const { LanguageClient } = (await import(new URL('server/language-client.js', dist).href)) as typeof Client;

const cache = mkdtempSync(path.join(tmpdir(), 'streamtrain-snapshot-'));
const folder = path.join(cache, 'streamtrain', 'code');
const cwd = process.cwd();

async function make(): Promise<void> {
  const program = fileURLToPath(new URL('language/make-snapshot.js', dist));
  await promisify(execFile)(process.execPath, [program]);
}

before(async () => {
  process.env['XDG_CACHE_HOME'] = cache;
  // As right after `src` was compiled: what was written in this second may be written again without a trace.
  const entry = fileURLToPath(new URL('language/snapshot-entry.cjs', dist));
  chmodSync(entry, statSync(entry).mode & 0o777);
  await make();
});
after(() => {
  process.chdir(cwd);
  rmSync(cache, { recursive: true });
});

/** One after the other, as they follow in a notebook. */
const cells = [
  '1 + 1',
  'const x: number = 1; class Point { y = x }',
  'const wrong: string = x',
  'x.nothing',
  'import fs from "node:fs"; const text = fs.readFileSync("a.txt"); text',
  'import { five } from "./five.ts"; const z: string = five',
  'import { five } from "./five.ts"; five + x',
  'const x = "again"; x.length',
  'declare global { interface Array<T> { own: T } }',
  'const own: number = [1].own',
  'fetch(5); [1].toSorted().at(0)?.toFixed(); unknownName',
  'let broken = (',
];

const live = { propertiesOf: () => Promise.resolve([]), preview: () => Promise.resolve(undefined) };

async function answers(): Promise<{ compiled: Compiled[]; completions: CompletionList }> {
  const language = new LanguageClient(live, 'typescript');
  try {
    const compiled: Compiled[] = [];
    for (const [index, cell] of cells.entries()) {
      const each = await language.compile(cell, index + 1);
      if (each.ok) language.accept(each.cell);
      compiled.push(each);
    }
    return { compiled, completions: await language.complete('x.to', 4) };
  } finally {
    language.reset();
  }
}

/** The one file with this ending, and its content. */
function kept(ending: string): { file: string; bytes: Buffer } {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  assert.equal(names.length, 1);
  const file = path.join(folder, names[0]!);
  return { file, bytes: readFileSync(file) };
}

for (const [what, files] of [
  ['outside any project', {}],
  ['in a project with settings', { 'tsconfig.json': '{"compilerOptions":{"strict":true,"lib":["es2022"]}}' }],
] as const) {
  test(`answers are the same with and without a snapshot, ${what}`, async (t) => {
    const project = makeProject(t, { 'five.ts': 'export const five = 5;', ...files });
    process.chdir(project);
    t.after(() => process.chdir(cwd));
    assert.ok(findSnapshot(), 'there is a snapshot');
    const quick = await answers();
    // Nothing can be kept there.
    process.env['XDG_CACHE_HOME'] = path.join(project, 'five.ts', 'cache');
    t.after(() => (process.env['XDG_CACHE_HOME'] = cache));
    assert.equal(findSnapshot(), undefined);
    const plain = await answers();
    assert.deepEqual(quick, plain);
    const oks = quick.compiled.map(({ ok }) => ok);
    assert.deepEqual(oks.slice(0, 7), [true, true, false, false, true, false, true]);
  });
}

test('a snapshot with one changed byte is not used', (t) => {
  const { file, bytes } = kept('.blob');
  t.after(() => writeFileSync(file, bytes));
  assert.ok(findSnapshot());
  const damaged = Buffer.from(bytes);
  damaged[damaged.length >> 1]! ^= 1;
  writeFileSync(file, damaged);
  assert.equal(findSnapshot(), undefined);
});

test('a snapshot of files that were edited since is not used', (t) => {
  const { file, bytes } = kept('.json');
  t.after(() => writeFileSync(file, bytes));
  const facts = JSON.parse(bytes.toString()) as { files: [string, string][] };
  assert.ok(facts.files.some(([name]) => name.endsWith('lib.es5.d.ts')));
  assert.ok(facts.files.some(([name]) => name.endsWith('typescript.js')));
  assert.ok(facts.files.some(([name]) => name.endsWith('snapshot-entry.cjs')));
  assert.ok(findSnapshot());
  facts.files[0]![1] = '1:1';
  writeFileSync(file, JSON.stringify(facts));
  assert.equal(findSnapshot(), undefined);
});

test('a snapshot that others could have written is not used', () => {
  if (process.getuid === undefined) return; // Files have no such owners there.
  const places = [folder, kept('.json').file, kept('.blob').file];
  const modes = places.map((place) => statSync(place).mode & 0o777);
  assert.deepEqual(modes, [0o700, 0o600, 0o600]);
  for (const [index, place] of places.entries()) {
    chmodSync(place, modes[index]! | 0o020);
    assert.equal(findSnapshot(), undefined, place);
    chmodSync(place, modes[index]!);
    assert.ok(findSnapshot());
  }
});

test('where Node does not start from a snapshot, the language service starts without', async (t) => {
  const { file, bytes } = kept('.json');
  const blob = kept('.blob');
  t.after(() => {
    writeFileSync(file, bytes);
    writeFileSync(blob.file, blob.bytes);
  });
  writeFileSync(blob.file, 'nothing that Node could start from');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(bytes.toString()), sum: sumOf(blob.file) }));
  assert.ok(findSnapshot());
  const language = new LanguageClient(live, 'typescript');
  t.after(() => language.reset());
  const compiled = await language.compile('const x: number = 1; x', 1);
  assert.equal(compiled.ok, true);
  assert.deepEqual([file, blob.file].filter(existsSync), [], 'it is removed, to be made again');
});

test('where no snapshot can be made, it is said why', async (t) => {
  t.after(() => (process.env['XDG_CACHE_HOME'] = cache));
  process.env['XDG_CACHE_HOME'] = fileURLToPath(import.meta.url);
  await assert.rejects(make(), /not a directory|no folder to keep it in/);
});
