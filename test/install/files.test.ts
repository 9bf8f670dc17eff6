import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import {
  fileDigest,
  folderSize,
  publishFolder,
  whileBusy,
  writeFileAtomically,
} from '../../src/install/files.ts';
import { platformOf } from '../../src/platform.ts';
import { tempFolder } from './helpers.ts';

test('a digest is that of FIPS 180-4', async (t) => {
  const file = path.join(await tempFolder(t), 'abc');
  await fs.writeFile(file, 'abc');
  assert.equal(await fileDigest(file), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('publishing replaces the old folder as a whole', async (t) => {
  const folder = await tempFolder(t);
  const [fresh, place] = [path.join(folder, 'fresh'), path.join(folder, 'deep', 'place')];
  await fs.mkdir(place, { recursive: true });
  await fs.writeFile(path.join(place, 'old'), '');
  await fs.mkdir(fresh);
  await fs.writeFile(path.join(fresh, 'new'), '');
  await publishFolder(fresh, place);
  assert.deepEqual(await fs.readdir(place), ['new']);
  assert.deepEqual(await fs.readdir(folder), ['deep']);
  assert.deepEqual(await fs.readdir(path.dirname(place)), ['place']);
});

test('publishing works between file systems, links included', { skip: noSecondDisk() }, async (t) => {
  const folder = await tempFolder(t);
  const fresh = await fs.mkdtemp('/dev/shm/streamtrain-');
  t.after(() => fs.rm(fresh, { recursive: true, force: true }));
  await fs.writeFile(path.join(fresh, 'lib.so.2'), 'content');
  await fs.symlink('lib.so.2', path.join(fresh, 'lib.so'));
  await publishFolder(fresh, path.join(folder, 'place'));
  assert.equal(await fs.readlink(path.join(folder, 'place', 'lib.so')), 'lib.so.2');
  await assert.rejects(fs.stat(fresh), /ENOENT/);
});

test('readers of an atomically written file never see a part of it', async (t) => {
  const file = path.join(await tempFolder(t), 'stamp');
  const texts = ['a'.repeat(200_000), 'b'.repeat(200_000)];
  await writeFileAtomically(file, texts[0] ?? '');
  let writing = true;
  const reader = (async () => {
    let reads = 0;
    for (; writing; reads++) assert((await fs.readFile(file, 'utf8')).length === 200_000);
    return reads;
  })();
  for (let i = 0; i < 50; i++) await writeFileAtomically(file, texts[i % 2] ?? '');
  writing = false;
  assert((await reader) > 0);
});

test('a folder size counts its files once and follows no links', async (t) => {
  const folder = await tempFolder(t);
  await fs.mkdir(path.join(folder, 'sub'));
  await fs.writeFile(path.join(folder, 'sub', 'data'), Buffer.alloc(1234));
  await fs.symlink('sub', path.join(folder, 'link'));
  assert.equal(await folderSize(folder), 1234);
});

/** A second file system that every Linux has. */
function noSecondDisk(): string | false {
  return process.platform === 'linux' ? false : 'needs /dev/shm';
}

test('a file that somebody has open on Windows is tried again; elsewhere, or for another reason, it is not', async () => {
  const refusing = (code: string, times: number) => {
    const state = { asked: 0 };
    const work = async () => {
      state.asked += 1;
      if (state.asked <= times) throw Object.assign(new Error('refused'), { code });
    };
    return { state, work };
  };
  const busy = refusing('EPERM', 2);
  await whileBusy(busy.work, platformOf('win32'));
  assert.equal(busy.state.asked, 3);
  const linux = refusing('EPERM', 2);
  await assert.rejects(whileBusy(linux.work, platformOf('linux')), { code: 'EPERM' });
  const absent = refusing('ENOENT', 2);
  await assert.rejects(whileBusy(absent.work, platformOf('win32')), { code: 'ENOENT' });
  assert.deepEqual([linux.state.asked, absent.state.asked], [1, 1]);
});
