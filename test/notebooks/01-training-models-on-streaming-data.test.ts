/** Notebook 01, executed by a Jupyter client on both kernels: the article's facts come out, also after a broken-off run. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { projectAt, withLock } from '../../src/install/index.ts';
import { createTopic, deleteTopic, listTopics, writeToKafka } from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { KERNELS } from '../helpers/chapter.ts';
import { NOTEBOOK_01, NOTEBOOK_01_LOCK, assertNotebook01 } from '../helpers/notebook-01.ts';
import { runNotebook } from '../../src/jupyter/index.ts';
import { withSolutions } from '../../src/course/index.ts';
import { assertSolved } from '../helpers/exercises.ts';

for (const kernel of KERNELS)
  test(
    `notebook 01 trains on Kafka on ${kernel} and leaves no topic behind`,
    { timeout: 1_200_000 },
    async (t) => {
      const brokers = await testBrokers();
      await withLock(path.join(projectAt().stateFolder, NOTEBOOK_01_LOCK), async () => {
        await leaveTopicsOfABrokenRun(brokers);
        const run = await runNotebook(NOTEBOOK_01, { brokers, kernel, change: withSolutions });
        assert.equal(run.code, 0, run.stderr);
        assertNotebook01(run.notebook);
        assertSolved(run.notebook);
        t.diagnostic(`${run.seconds.toFixed(1)} s`);
        const left = (await listTopics({ brokers })).filter((topic) => topic.startsWith('cancer-'));
        assert.deepEqual(left, []);
      });
    },
  );

/** What a user finds who stopped the kernel half-way: the topics are there, with rows in them. */
async function leaveTopicsOfABrokenRun(brokers: string[]): Promise<void> {
  for (const topic of ['cancer-train', 'cancer-test']) {
    await deleteTopic(topic, { brokers });
    await createTopic(topic, { brokers, partitions: 1 });
    await writeToKafka(topic, [{ key: '9', value: 'a row of before' }], { brokers, log: false });
  }
}
