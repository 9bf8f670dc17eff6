/** Notebook 01, executed by Jupyter clients on both kernels: the article's facts come out, also after a broken-off run. */
import { createTopic, deleteTopic, writeToKafka } from '../../src/kafka/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { FIGURES, NOTEBOOK_01_LOCK, assertNotebook01 } from '../helpers/notebook-01.ts';

testChapter('01-training-models-on-streaming-data', 'cancer-', assertNotebook01, {
  lock: NOTEBOOK_01_LOCK,
  before: leaveTopicsOfABrokenRun,
  inJupyterLab: { figures: FIGURES },
});

/** What a user finds who stopped the kernel half-way: the topics are there, with rows in them. */
async function leaveTopicsOfABrokenRun(brokers: string[]): Promise<void> {
  for (const topic of ['cancer-train', 'cancer-test']) {
    await deleteTopic(topic, { brokers });
    await createTopic(topic, { brokers, partitions: 1 });
    await writeToKafka(topic, [{ key: '9', value: 'a row of before' }], { brokers, log: false });
  }
}
