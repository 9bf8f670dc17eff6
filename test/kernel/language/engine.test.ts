/** A file that is loaded with the code of an earlier start behaves as one that is loaded without. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { loadWithCode } from '../../../src/kernel/language/engine.ts';

function folderOf(t: TestContext): { file: string; codes: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'streamtrain-code-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return { file: path.join(folder, 'large.js'), codes: path.join(folder, 'codes') };
}

const text =
  "const path = require('node:path'); exports.name = path.basename(__filename); exports.word = () => 'old';";

interface Large {
  readonly name: string;
  readonly word: () => string;
}

test('code is kept once, and used by the next start', (t) => {
  const { file, codes } = folderOf(t);
  writeFileSync(file, text);
  const first = loadWithCode(file, codes);
  const { name, word } = first.exports as Large;
  assert.deepEqual([name, word()], ['large.js', 'old']);
  assert.equal(first.isFromCode, false);
  assert.equal(existsSync(codes), false, 'nothing is written before it is asked for');
  first.keep();
  first.keep();
  assert.equal(readdirSync(codes).length, 1);
  const second = loadWithCode(file, codes);
  assert.equal(second.isFromCode, true);
  assert.equal((second.exports as Large).word(), 'old');
});

test('a text that was edited is not run by the old code, although it is as long', (t) => {
  const { file, codes } = folderOf(t);
  writeFileSync(file, text);
  loadWithCode(file, codes).keep();
  writeFileSync(file, text.replace("'old'", "'new'"));
  utimesSync(file, 1, 1);
  const loaded = loadWithCode(file, codes);
  assert.deepEqual([loaded.isFromCode, (loaded.exports as Large).word()], [false, 'new']);
});

test('code that is damaged is refused and written again', (t) => {
  const { file, codes } = folderOf(t);
  const put = (word: string) => {
    // Another text each time, since this process remembers what it compiled; the same time and size.
    writeFileSync(file, text.replace('old', word));
    utimesSync(file, 1, 1);
  };
  put('one');
  loadWithCode(file, codes).keep();
  const [kept] = readdirSync(codes).map((name) => path.join(codes, name));
  writeFileSync(kept!, 'no code');
  put('two');
  const loaded = loadWithCode(file, codes);
  assert.deepEqual([loaded.isFromCode, (loaded.exports as Large).word()], [false, 'two']);
  loaded.keep();
  assert.ok(statSync(kept!).size > 100);
});

test('code with one changed byte in its middle is not run', (t) => {
  const { file, codes } = folderOf(t);
  writeFileSync(file, text.replace('old', 'six'));
  loadWithCode(file, codes).keep();
  const [kept] = readdirSync(codes).map((name) => path.join(codes, name));
  const bytes = readFileSync(kept!);
  bytes[bytes.length >> 1]! ^= 0xff;
  writeFileSync(kept!, bytes);
  const loaded = loadWithCode(file, codes);
  assert.deepEqual([loaded.isFromCode, (loaded.exports as Large).word()], [false, 'six']);
});

test('code that others could have written is not run', (t) => {
  if (process.getuid === undefined) return; // Files have no such owners there.
  const { file, codes } = folderOf(t);
  writeFileSync(file, text);
  loadWithCode(file, codes).keep();
  const [kept] = readdirSync(codes).map((name) => path.join(codes, name));
  for (const place of [codes, kept!]) {
    const { mode } = statSync(place);
    chmodSync(place, mode | 0o002);
    assert.equal(loadWithCode(file, codes).isFromCode, false);
    chmodSync(place, mode);
    assert.equal(loadWithCode(file, codes).isFromCode, true);
  }
});

test('where nothing can be kept, the file is loaded all the same', (t) => {
  const { file } = folderOf(t);
  writeFileSync(file, text);
  const loaded = loadWithCode(file, path.join(file, 'below-a-file'));
  loaded.keep();
  assert.equal((loaded.exports as Large).word(), 'old');
});
