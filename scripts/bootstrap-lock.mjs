// One set-up at a time in a clone: a lock between processes. It is a plain script because it runs before there is a
// compiler, let alone `dist` with src/process/locks.ts, and it keeps that lock's rules: the file appears with its content in
// one step; a process that has ended, a zombie included, or whose id belongs to another one by now, holds nothing; a stale
// file is renamed away before it is removed, so that nobody removes the file of a newer owner.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** @param {string} file @returns {string} its text, or '' */
function readOrEmpty(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Runs `work` while no other process works on the same clone; a crashed owner's claim is taken over.
 *
 * @param {string} lock the lock's path; its folder is created
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
export async function alone(lock, work) {
  fs.mkdirSync(path.dirname(lock), { recursive: true });
  for (let isSaid = false; !claim(lock);) {
    const { pid } = ownerIn(readOrEmpty(lock)); // 0 where it has just been given back
    if (!isSaid && pid > 0) console.log(`  waiting for the set-up that process ${pid} is doing here`);
    isSaid ||= pid > 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const release = () => fs.rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/**
 * Creates the lock with its content in one step, so that nobody reads half of it.
 *
 * @param {string} lock
 * @returns {boolean} whether the lock is now ours
 */
function claim(lock) {
  const draft = `${lock}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify({ pid: process.pid, start: seen(process.pid).start }));
  try {
    if (isPlaced(draft, lock)) return true;
    removeStale(lock, draft);
    return false;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/**
 * Gives a file a second name. A disk without hard links (exFAT, some that are shared) has a copy instead.
 *
 * @param {string} draft
 * @param {string} lock
 * @returns {boolean} false where there is one
 */
function isPlaced(draft, lock) {
  try {
    fs.linkSync(draft, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
  }
  try {
    fs.copyFileSync(draft, lock, fs.constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @param {unknown} error @returns {unknown} */
const codeOf = (error) => (error instanceof Error && 'code' in error ? error.code : undefined);

/** So long a file that says no owner may be one that is being copied, ms. */
const COPYING_MS = 2_000;

/**
 * Takes the lock of a dead process away; puts it back if another process was quicker and it is now theirs.
 *
 * @param {string} lock
 * @param {string} draft written just now: both times are by the clock of the file system
 */
function removeStale(lock, draft) {
  const stale = readOrEmpty(lock);
  const owner = ownerIn(stale);
  if (isAlive(owner)) return;
  const written = fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  if (written === undefined) return;
  // A clock that was set back meanwhile must not make it wait for long.
  const isFresh = Math.abs(fs.statSync(draft).mtimeMs - written) < COPYING_MS;
  if (owner.pid === 0 && isFresh) return;
  const aside = `${lock}.${process.pid}-stale`;
  try {
    fs.renameSync(lock, aside);
  } catch {
    return; // another process removed it first
  }
  // False where a third process has it already.
  if (readOrEmpty(aside) !== stale) isPlaced(aside, lock);
  fs.rmSync(aside, { force: true });
}

/**
 * @param {string} text what a lock holds: JSON, or the process id alone as older versions wrote it
 * @returns {{ pid: number, start: string }} pid 0 when it cannot be read
 */
function ownerIn(text) {
  try {
    const owner = JSON.parse(text);
    return typeof owner === 'number' ? { pid: owner, start: '' } : { pid: owner.pid, start: owner.start };
  } catch {
    return { pid: 0, start: '' };
  }
}

/**
 * Whether the process still runs: a zombie does not, and one that was given the same id later has another start.
 *
 * @param {{ pid: number, start: string }} owner
 * @returns {boolean}
 */
function isAlive({ pid, start }) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  const now = seen(pid);
  return !now.isZombie && now.start === start;
}

/**
 * What the system says of a process: fields 3 (state) and 22 (start) of `/proc/PID/stat` on Linux, else what `ps` prints.
 * The name in `stat` (field 2) may hold spaces and brackets.
 *
 * @param {number} pid
 * @returns {{ start: string, isZombie: boolean }} start '' where neither is known
 */
function seen(pid) {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const [state = '', start = ''] =
    stat === '' ? psOf(pid) : [0, 19].map((field) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field]);
  return { start, isZombie: state.startsWith('Z') };
}

/** @param {number} pid @returns {string[]} state and start */
function psOf(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'state=', '-o', 'lstart=', '-p', String(pid)], {
    ...{ encoding: 'utf8', windowsHide: true, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } },
  });
  const [state = '', ...start] = (stdout ?? '').trim().split(/\s+/);
  return [state, start.join(' ')];
}
