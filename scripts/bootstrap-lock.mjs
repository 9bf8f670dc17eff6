// One set-up at a time in a clone: a lock between processes, for scripts that run before anything is installed.
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
  for (let waits = 0; !claim(lock); waits++) {
    if (waits === 0)
      console.log(`  waiting for the set-up that process ${ownerIn(readOrEmpty(lock)).pid} is doing here`);
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
 * Creates the lock with its content in one step (a hard link), so that nobody reads half of it.
 *
 * @param {string} lock
 * @returns {boolean} whether the lock is now ours
 */
function claim(lock) {
  const draft = `${lock}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify({ pid: process.pid, start: processStart(process.pid) }));
  try {
    fs.linkSync(draft, lock);
    return true;
  } catch {
    removeStale(lock);
    return false;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/**
 * Takes the lock of a dead process away; puts it back if another process was quicker and it is now theirs.
 *
 * @param {string} lock
 */
function removeStale(lock) {
  const stale = readOrEmpty(lock);
  if (stale === '' ? !fs.existsSync(lock) : isAlive(ownerIn(stale))) return;
  const aside = `${lock}.${process.pid}-stale`;
  try {
    fs.renameSync(lock, aside);
  } catch {
    return; // another process removed it first
  }
  if (readOrEmpty(aside) !== stale) {
    try {
      fs.linkSync(aside, lock);
    } catch {
      // a third process has it already
    }
  }
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
 * Whether the process still runs: a process that was given the same id later has another start.
 *
 * @param {{ pid: number, start: string }} owner
 * @returns {boolean}
 */
function isAlive({ pid, start }) {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return start === processStart(pid);
}

/**
 * When a process started, as the system says it: field 22 of `/proc/PID/stat` on Linux, else what `ps` prints; '' where
 * neither is known. The name in `stat` (field 2) may hold spaces and brackets.
 *
 * @param {number} pid
 * @returns {string}
 */
function processStart(pid) {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  if (stat !== '') return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout?.trim() ?? '';
}
