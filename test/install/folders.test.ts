import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cacheFolder } from '../../src/install/folders.ts';
import { CacheError } from '../../src/install/errors.ts';
import { tempFolder } from './helpers.ts';

test('keeps downloads in $XDG_CACHE_HOME/streamtrain when it is set', async (t) => {
  const base = await tempFolder(t);
  const { folder, note } = cacheFolder({ env: { XDG_CACHE_HOME: base }, home: '/nowhere' });
  assert.equal(folder, path.join(base, 'streamtrain'));
  assert.equal(note, undefined);
  assert.deepEqual(fs.readdirSync(folder), [], 'leaves no probe behind');
});

test('keeps downloads in ~/.cache/streamtrain by default, and ignores a relative XDG_CACHE_HOME', async (t) => {
  const home = await tempFolder(t);
  for (const env of [{}, { XDG_CACHE_HOME: 'relative/cache' }]) {
    assert.equal(cacheFolder({ env, home }).folder, path.join(home, '.cache', 'streamtrain'));
  }
});

test('a home that cannot be written: uses the project folder and says so', async (t) => {
  const folder = await tempFolder(t);
  const home = path.join(folder, 'home');
  fs.writeFileSync(home, 'a file where a folder should be');
  const fallback = path.join(folder, 'project', 'cache');
  const found = cacheFolder({ env: {}, home, fallback });
  assert.equal(found.folder, fallback);
  assert.match(found.note ?? '', /not writable \(ENOTDIR.*keeping downloads in .*project/);
});

test(
  'a user whom the system does not know, without HOME: uses the project folder',
  { skip: process.geteuid?.() !== 0 && 'only root can be somebody else' },
  async (t) => {
    const folder = await tempFolder(t);
    fs.chmodSync(folder, 0o777);
    const { HOME: _, ...env } = process.env;
    const given = process.env;
    let found: ReturnType<typeof cacheFolder>;
    try {
      process.env = env;
      process.seteuid!(54_321);
      found = cacheFolder({ env: {}, fallback: path.join(folder, 'cache') });
    } finally {
      process.seteuid!(0);
      process.env = given;
    }
    assert.equal(found.folder, path.join(folder, 'cache'));
    assert.match(found.note ?? '', /not writable/);
  },
);

test('no writable folder at all: the error names both places and the way out', async (t) => {
  const folder = await tempFolder(t);
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  assert.throws(
    () => cacheFolder({ env: {}, home: file, fallback: path.join(file, 'cache') }),
    (error) => {
      assert(error instanceof CacheError);
      assert.equal(error.code, 'ST_INSTALL_CACHE');
      assert.equal(error.tried.length, 2);
      assert.match(error.message, /To do: {4}.*XDG_CACHE_HOME/);
      return true;
    },
  );
});
