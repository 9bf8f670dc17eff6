// What each program of `npm test` costs in processor time, with what it started: kernels, brokers, browsers.
import fs from 'node:fs';
import path from 'node:path';

/** Linux gives processor time in hundredths of a second, whatever its clock. */
const TICKS = 100;

/**
 * Processor time of this process and of all it started that have ended: on Linux from `/proc`; elsewhere of this process
 * alone, for Node knows no more.
 *
 * @returns {number} seconds
 */
export function processorSeconds() {
  if (process.platform === 'linux') {
    // Behind the name, which may hold anything: state, then numbers; the 12th to 15th are user, system and those of children.
    const stat = fs.readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).map(Number);
    return ticks.reduce((sum, one) => sum + one, 0) / TICKS;
  }
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** @typedef {{ name: string, seconds: number, files?: Cost[] }} Cost processor time of a part, and of the files in it */

/** What files of this process have cost, one after another. @type {Cost[]} */
const files = [];

/** @param {string} name @param {number} seconds */
export function noteCost(name, seconds) {
  files.push({ name, seconds });
}

/** Leaves what this process has cost, when it ends. @param {string} name @param {string} folder */
export function leaveCost(name, folder) {
  process.on('exit', () => {
    const file = path.join(folder, `${process.pid}.cost.json`);
    // Whole or not at all, whenever the summary is made.
    fs.writeFileSync(`${file}.part`, JSON.stringify({ name, seconds: processorSeconds(), files }));
    fs.renameSync(`${file}.part`, file);
  });
}

/** Files that cost less are left out of the summary. */
const LEAST_SECONDS = 5;

/**
 * The summary: each program and its dear files, the dearest first, the sum, and how many programs it leaves out: those that
 * were killed, or have not ended.
 *
 * @param {string} folder where programs have left their costs
 * @param {Cost[]} others what else the run has cost
 * @param {number} started so many programs were to leave their costs
 * @returns {string}
 */
export function costTable(folder, others, started) {
  /** @type {Cost[]} */
  const left = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.cost.json'))
    .map((file) => JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')));
  const costs = [...others, ...left];
  const sum = costs.reduce((total, { seconds }) => total + seconds, 0);
  const lines = dearestFirst(costs).flatMap(({ name, seconds, files = [] }) => [
    lineOf(name, seconds),
    ...dearestFirst(files)
      .filter((file) => file.seconds >= LEAST_SECONDS)
      .map((file) => `          ${lineOf(file.name, file.seconds)}`),
  ]);
  const missing = started - left.length;
  const all =
    missing === 0 ? 'all' : `all but ${missing} of ${started} programs, which did not come to their end`;
  return ['Processor time in seconds, with what was started:', ...lines, lineOf(all, sum)].join('\n');
}

/** @param {Cost[]} costs @returns {Cost[]} */
function dearestFirst(costs) {
  return [...costs].sort((one, other) => other.seconds - one.seconds);
}

/** @param {string} name @param {number} seconds @returns {string} */
function lineOf(name, seconds) {
  return `  ${seconds.toFixed(1).padStart(7)}  ${name}`;
}
