// Runs several test files in one process, each as a suite of its own name; see scripts/test-groups.mjs.
import { after, before, beforeEach, describe, test } from 'node:test';
import { noteCost, processorSeconds } from './test-cost.mjs';

/**
 * Imports test files into suites, one a file, that run one after another: the hooks of a file are those of its suite. A
 * file that cannot be loaded, or has no test, fails; so does one that ends the process. Modules that several files import
 * may not await at their top: Node goes on with all of them in the suite of the first.
 *
 * @param {{ name: string, url: string }[]} files
 * @param {string[]} helpers addresses of modules with hooks for the whole process, which are imported outside of suites
 * @returns {Promise<void>}
 */
export async function runTogether(files, helpers = []) {
  const untested = new Set(files.map(({ name }) => name));
  let isOver = false;
  after(() => {
    isOver = true;
  });
  process.on('exit', () => {
    // Not over: a test has ended the process, which takes the others and their failures with it.
    if (isOver && untested.size === 0) return;
    process.exitCode = 1;
    if (!isOver) console.error('A test has ended the process.');
    if (untested.size > 0) console.error(`No test was run of ${[...untested].join(', ')}`);
  });
  for (const url of helpers) await import(url);
  /** @type {Promise<void>[]} */
  const loads = [];
  // Loading takes the processor away from what runs; tests start when all is there.
  before(() => Promise.all(loads));
  for (const { name, url } of files) {
    describe(name, () => {
      let begun = 0;
      before(() => void (begun = processorSeconds()));
      after(() => noteCost(name, processorSeconds() - begun));
      beforeEach(() => void untested.delete(name));
      const load = import(url).catch((error) => {
        test('can be loaded', () => {
          throw error;
        });
      });
      loads.push(load);
      return load;
    });
  }
}
