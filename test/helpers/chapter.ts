/** Executes a chapter of the course with its solutions filled in, and looks at what every chapter must keep. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { complaints, printedBy, withSolutions, type Notebook } from '../../src/course/index.ts';
import { projectAt, withLock } from '../../src/install/index.ts';
import { runNotebook } from '../../src/jupyter/index.ts';
import { listGroups, listTopics } from '../../src/kafka/index.ts';
import { testBrokers } from './broker.ts';
import { assertSolved } from './exercises.ts';

/** The kernels every chapter runs on. */
export const KERNELS = ['streamtrain', 'tslab'];

/**
 * Registers a test for each kernel: all cells run without a complaint, every solution is right, nothing is left in
 * Kafka whose name starts with `prefix`, and `facts` holds.
 *
 * @param name the notebook's file name without `.ipynb`
 */
export function testChapter(name: string, prefix: string, facts: (notebook: Notebook) => void): void {
  for (const kernel of KERNELS) {
    test(`chapter ${name} runs on ${kernel}`, { timeout: 1_200_000 }, async (t) => {
      const brokers = await testBrokers();
      await withLock(path.join(projectAt().stateFolder, `${name}.lock`), async () => {
        const run = await runNotebook(`notebooks/${name}.ipynb`, { brokers, kernel, change: withSolutions });
        assert.equal(run.code, 0, run.stderr);
        assert.deepEqual(complaints(run.notebook), []);
        assertSolved(run.notebook);
        facts(run.notebook);
        assert.match(printedBy(run.notebook, 'cleanup-close'), /closed/);
        t.diagnostic(`${run.seconds.toFixed(1)} s`);
        const left = [...(await listTopics({ brokers })), ...(await listGroups({ brokers }))];
        assert.deepEqual(
          left.filter((each) => each.startsWith(prefix)),
          [],
        );
      });
    });
  }
}
