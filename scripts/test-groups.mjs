// Which test files share a process: loading Node, TypeScript, TensorFlow and the library costs more than most files do.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder } from './bootstrap.mjs';

/** At most so many files a process, so that two processes have something to do until the end. */
const MOST_FILES = 16;

/** Files that run in a process of their own, and why. All others share one with the files of their room. */
export const ALONE = /** @type {const} */ ({
  'test/browser/': 'minutes with a browser',
  'test/broker/cluster': 'a cluster of its own',
  'test/broker/start': 'brokers of its own',
  'test/cli/course': 'minutes with a kernel',
  'test/cli/examples': 'changes the folder of the process',
  'test/cluster/': 'a cluster of its own',
  'test/install/tensorflow-builds': 'minutes of compiling, or every test left out',
  'test/jupyter/': 'changes the home folder of the process',
  'test/kafka/client/brokers-away': 'measures how long a client waits',
  'test/kafka/dataset/end-of-stream': 'a broker of its own',
  'test/kafka/protocol/decompress-bounds': 'measures the memory of the process',
  'test/kafka/read/silence': 'sets the clocks of the process',
  'test/kafka/writer/cluster': 'a cluster of its own',
  'test/kernel/conformance/': 'minutes with kernels',
  'test/kernel/display/values': 'shows promises, which Node marks while tests load',
  'test/kernel/language/kept-checker': 'fills the memory with compilers',
  'test/kernel/language/memory': 'measures memory',
  'test/kernel/language/plain-checker': 'sets the checker for the whole process',
  'test/model/step/memory': 'measures the memory of the process',
  'test/notebooks/': 'minutes with a kernel',
  'test/training/online/memory': 'measures the memory of the process',
});

/** @typedef {{ name: string, files: string[] }} Group some files of one room, by their path in the project */

/**
 * Puts files of the same room together, at most {@link MOST_FILES} a group; what is in {@link ALONE} stays alone.
 *
 * @param {readonly string[]} files paths in the project, sorted, with `/`
 * @returns {Group[]}
 */
export function groupsOf(files) {
  /** @type {Group[]} */
  const groups = [];
  /** @type {Map<string, string[]>} */
  const rooms = new Map();
  for (const file of files) {
    if (Object.keys(ALONE).some((start) => file.startsWith(start)))
      groups.push({ name: file, files: [file] });
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
  return groups;
}

/**
 * Writes a program for each group of several files.
 *
 * @param {readonly Group[]} groups
 * @param {string} folder where; what it held is removed
 * @returns {string[]} what to give to `node --test`: these programs, and the files that are alone
 */
export function writePrograms(groups, folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const helpers = helpersWithHooks().map((file) => urlOf(file));
  return groups.map(({ name, files }) => {
    const [only] = files;
    if (files.length === 1 && only !== undefined) return path.normalize(only);
    const program = path.join(folder, `${name}.mjs`);
    const list = files.map((file) => ({ name: file, url: urlOf(file) }));
    fs.writeFileSync(
      program,
      `import { runTogether } from ${JSON.stringify(urlOf('scripts/test-together.mjs'))};\n` +
        `await runTogether(${JSON.stringify(list, null, 2)}, ${JSON.stringify(helpers, null, 2)});\n`,
    );
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

/** @returns {string[]} every file below `test`, by its path in the project, sorted; Node 20 knows no patterns */
export function testTree() {
  return fs
    .readdirSync(path.join(projectFolder, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.split(path.sep).join('/')}`)
    .sort();
}
