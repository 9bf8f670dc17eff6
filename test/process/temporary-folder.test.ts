/** Temporary folders: what processes that were killed left behind goes at the next start, and nothing else. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  makeTemporaryFolder,
  removeTemporaryFolder,
  sweepTemporaryFolders,
  TemporaryFolderError,
} from '../../src/process/temporary-folder.ts';
import { ended, runModule, tempFolder } from '../install/helpers.ts';
import { typescriptFlags } from '../helpers/typescript.ts';

const MAKES = `
import { makeTemporaryFolder } from './src/process/temporary-folder.ts';
console.log(makeTemporaryFolder('left'));
`;
const MAKES_AND_IS_KILLED = `${MAKES} process.kill(process.pid, 'SIGKILL');`;

/** An empty place for temporary files, for this process and what it starts. */
async function ownPlace(t: TestContext): Promise<{ place: string; names: () => Promise<string[]> }> {
  const place = await tempFolder(t);
  const { TMPDIR } = process.env;
  t.after(() => (TMPDIR === undefined ? delete process.env['TMPDIR'] : (process.env['TMPDIR'] = TMPDIR)));
  process.env['TMPDIR'] = place;
  // What runs the program keeps files of its own there.
  const names = async () =>
    (await fs.readdir(place)).filter((name) => name.startsWith('streamtrain-')).sort();
  return { place, names };
}

test('those of processes that have ended go, be their number given to another since; of living ones they stay', async (t) => {
  const { place, names } = await ownPlace(t);
  assert.equal(await ended(runModule(t, MAKES_AND_IS_KILLED)), 'SIGKILL');
  const [left = ''] = await names();
  await fs.writeFile(path.join(place, left, 'rows.csv'), '1,2');
  const own = makeTemporaryFolder('left');
  const other = makeTemporaryFolder('other');
  assert.deepEqual(await names(), [path.basename(own), path.basename(other)].sort(), 'the dead one is swept');
  assert.equal(sweepTemporaryFolders('left', place), 0, 'its owner lives');
  // This process's number, with the start of another.
  const [, , pid = '', start = '', table = ''] = path.basename(own).split('-');
  assert.deepEqual([pid, start.length > 0], [String(process.pid), true]);
  const earlier = [
    'streamtrain-left',
    pid,
    start.replace(/^../, (first) => (first === '39' ? '38' : '39')),
    table,
    'abcdef',
  ].join('-');
  await fs.mkdir(path.join(place, earlier));
  assert.equal(sweepTemporaryFolders('left', place), 1);
  await removeTemporaryFolder(own);
  await removeTemporaryFolder(own);
  assert.deepEqual(await names(), [path.basename(other)]);
});

test("those of another machine or container, of other users and of other programs' forms stay", async (t) => {
  const { place, names } = await ownPlace(t);
  assert.equal(await ended(runModule(t, MAKES_AND_IS_KILLED)), 'SIGKILL');
  const [left = ''] = await names();
  const stay = [
    left.replace(/-\w{12}-(\w{6})$/, '-0123456789ab-$1'),
    left.replace(/^streamtrain-left/, 'streamtrain-left-jobs'),
    left.replace(/-\w{6}$/, ''),
    ...['streamtrain-left-', 'streamtrain-left-4711-0-Ab12Cd', 'streamtrain-leftover'],
  ];
  // Root may remove what is another user's.
  const others = left.replace(/-\w{6}$/, '-others');
  const isRoot = process.geteuid?.() === 0;
  for (const name of [...stay, ...(isRoot ? [others] : [])]) await fs.mkdir(path.join(place, name));
  if (isRoot) await fs.chown(path.join(place, others), 54_321, 54_321);
  assert.equal(sweepTemporaryFolders('left', place), 1);
  assert.deepEqual(await names(), [...stay, ...(isRoot ? [others] : [])].sort());
  assert.equal(sweepTemporaryFolders('left', path.join(place, 'missing')), 0);
});

test('a living owner is not taken for dead by a container whose clock or processes are others', async (t) => {
  const { place, names } = await ownPlace(t);
  const own = path.basename(makeTemporaryFolder('left'));
  for (const container of [
    ['unshare', '--time', '--boottime', '5000', '--fork'],
    ['unshare', '--pid', '--fork', '--mount-proc'],
  ]) {
    const [program = '', ...args] = container;
    if (spawnSync(program, [...args, 'true']).status !== 0) {
      t.diagnostic(`not tried: ${container.join(' ')} may not be used here`);
      continue;
    }
    const sweeps = `
      import { sweepTemporaryFolders } from './src/process/temporary-folder.ts';
      console.log(sweepTemporaryFolders('left', ${JSON.stringify(place)}));`;
    const node = [process.execPath, ...typescriptFlags(), '--input-type=module', '-e', sweeps];
    assert.equal(execFileSync(program, [...args, ...node], { encoding: 'utf8' }), '0\n');
    assert.deepEqual(await names(), [own]);
  }
});

test('a place that is full, or cannot be written, is one error that names it and says what to do', async (t) => {
  const { place } = await ownPlace(t);
  process.env['TMPDIR'] = path.join(place, 'a file');
  await fs.writeFile(process.env['TMPDIR'], '');
  assert.throws(
    () => makeTemporaryFolder('left'),
    (error) => {
      assert.ok(error instanceof TemporaryFolderError);
      assert.equal(error.code, 'ST_PROCESS_TEMPORARY_FOLDER');
      assert.match(error.message, /in .*a file: ENOTDIR[^]*Free some space[^]*TMPDIR/);
      return true;
    },
  );
  const full = path.join(place, 'full');
  await fs.mkdir(full);
  // A disk with room for one file.
  const mounts = `mount -t tmpfs -o nr_inodes=2 none "$0" && touch "$0/first" || exit 99; FULL="$0" exec "$@"`;
  // What runs the program keeps files of its own in the usual place.
  const fails = `
    import { makeTemporaryFolder } from './src/process/temporary-folder.ts';
    process.env.TMPDIR = process.env.FULL;
    makeTemporaryFolder('left');`;
  const node = [process.execPath, ...typescriptFlags(), '--input-type=module', '-e', fails];
  const env = { ...process.env, TMPDIR: place };
  const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', mounts, full, ...node], {
    ...{ env, encoding: 'utf8' },
  });
  if (status === 99 || status === null || /unshare/.test(stderr))
    return t.diagnostic('no disk could be made here to fill it');
  assert.match(stderr, /ST_PROCESS_TEMPORARY_FOLDER/);
  assert.match(stderr, /No temporary folder could be made in .*full: ENOSPC/);
});
