/** Temporary folders of engines: what programs that were ended left behind goes at the next start, and nothing else. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { noteRunningEngine } from '../../src/engines/running.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../src/engines/temporary-folder.ts';
import { ended, runModule, tempFolder } from '../install/helpers.ts';

const MAKES = `
import { makeTemporaryFolder } from './src/engines/temporary-folder.ts';
await makeTemporaryFolder('left');
process.kill(process.pid, 'SIGKILL');
`;

test('those of processes that have ended go; of living ones, without a note, or with an engine they stay', async (t) => {
  const place = await tempFolder(t);
  const { TMPDIR } = process.env;
  t.after(() => (TMPDIR === undefined ? delete process.env['TMPDIR'] : (process.env['TMPDIR'] = TMPDIR)));
  process.env['TMPDIR'] = place;
  // What runs the program keeps files of its own there.
  const foldersIn = async () =>
    (await fs.readdir(place)).filter((name) => name.startsWith('streamtrain-')).toSorted();
  await ended(runModule(t, MAKES, { TMPDIR: place }));
  const [left = ''] = await foldersIn();
  assert.match(left, /^streamtrain-left-/);
  for (const [name, note] of [
    ['streamtrain-left-null', 'null'],
    ['streamtrain-left-torn', '{"pid"'],
    ['streamtrain-left-unknown', '{}'],
  ] as const) {
    await fs.mkdir(path.join(place, name));
    await fs.writeFile(path.join(place, name, 'streamtrain-owner.json'), note);
  }
  await fs.mkdir(path.join(place, 'streamtrain-left-noteless'));
  // Root may remove what is another user's.
  const others = path.join(place, 'streamtrain-left-others');
  if (process.geteuid?.() === 0) {
    await fs.cp(path.join(place, left), others, { recursive: true });
    await fs.chown(others, 54_321, 54_321);
  } else await fs.mkdir(others);
  await fs.cp(path.join(place, left), path.join(place, 'streamtrain-left-running'), { recursive: true });
  const engine = { engine: 'waiting', version: '1', url: 'http://127.0.0.1:1', startedAt: '', daemon: true };
  await noteRunningEngine(path.join(place, 'streamtrain-left-running'), { ...engine, pid: process.pid });
  const own = await makeTemporaryFolder('left');
  const other = await makeTemporaryFolder('left');
  const names = [
    ...['noteless', 'others', 'null', 'torn', 'running', 'unknown'].map((name) => `streamtrain-left-${name}`),
    path.basename(own),
    path.basename(other),
  ];
  assert.deepEqual(await foldersIn(), names.toSorted());
  await removeTemporaryFolder(own);
  await removeTemporaryFolder(own);
  assert.deepEqual(await foldersIn(), names.filter((name) => name !== path.basename(own)).toSorted());
});
