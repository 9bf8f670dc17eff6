/** The measurements of this library. */
import { decodeBatches } from '../../src/kafka/codec/batches.ts';
import { csvCodec, fromKafka, fromKafkaGroup, writeToKafka } from '../../src/kafka/index.ts';
import { rowStream, type Task } from './task.ts';

const batchSize = 1_024;

export const write: Task = async ({ brokers, topic, rows, columns }) => {
  const { messages } = await writeToKafka(topic, rowStream(rows, columns), { brokers, log: false });
  return messages;
};

/** Record by record, as a user's `for await` does. */
export const read: Task = async ({ brokers, topic }, onFirst) => {
  let count = 0;
  for await (const record of fromKafka(topic, { brokers, order: 'arrival' })) {
    if (count === 0) onFirst();
    count += record.value === null ? 0 : 1;
  }
  return count;
};

/** As a member of a group. */
export const readGroup: Task = async ({ brokers, topic }, onFirst) => {
  let count = 0;
  const stream = fromKafkaGroup({
    brokers,
    topics: topic,
    groupId: `${topic}-group-${process.pid}`,
    stop: 'end',
    commit: 'auto',
  });
  for await (const record of stream) {
    if (count === 0) onFirst();
    count += record.value === null ? 0 : 1;
  }
  return count;
};

/** Records to mini-batches of typed arrays, without tensors. */
export const decode: Task = async ({ brokers, topic, columns }) => {
  let count = 0;
  const records = fromKafka(topic, { brokers, order: 'arrival' });
  for await (const { rows } of decodeBatches(records, csvCodec({ columns }), { size: batchSize }))
    count += rows;
  return count;
};

/** Records to tensors, ready for a training step. */
export const tensors: Task = async ({ brokers, topic, columns }) => {
  let count = 0;
  const records = fromKafka(topic, { brokers, order: 'arrival' });
  for await (const { xs, ys } of records.decodeBatch(csvCodec({ columns }), batchSize)) {
    count += xs.shape[0];
    xs.dispose();
    ys.dispose();
  }
  return count;
};
