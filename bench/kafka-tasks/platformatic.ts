/** The same work with @platformatic/kafka, as its documentation shows it. */
import { Consumer, ProduceAcks, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { rowStream, type Task, type TaskInput } from './task.ts';

const perSend = 5_000;
const batchSize = 1_024;

export const write: Task = async ({ brokers, topic, rows, columns }) => {
  const producer = new Producer({
    clientId: 'bench',
    bootstrapBrokers: brokers,
    serializers: stringSerializers,
  });
  let messages: { topic: string; key: string; value: string }[] = [];
  for (const row of rowStream(rows, columns)) {
    messages.push({ topic, ...row });
    if (messages.length < perSend) continue;
    await producer.send({ messages, acks: ProduceAcks.ALL });
    messages = [];
  }
  if (messages.length > 0) await producer.send({ messages, acks: ProduceAcks.ALL });
  await producer.close();
  return rows;
};

async function consume(
  { brokers, topic, rows }: TaskInput,
  use: (key: string, value: string) => void,
): Promise<number> {
  const consumer = new Consumer({
    clientId: 'bench',
    groupId: `${topic}-platformatic-${process.pid}`,
    bootstrapBrokers: brokers,
    deserializers: stringDeserializers,
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'earliest',
    autocommit: false,
    maxWaitTime: 100,
  });
  let seen = 0;
  for await (const { key, value } of stream) {
    use(key, value);
    if (++seen >= rows) break;
  }
  await Promise.resolve(consumer.close(true));
  return seen;
}

export const read: Task = (input) => consume(input, () => {});

export const decode: Task = (input) => {
  let xs: number[][] = [];
  let ys: number[] = [];
  return consume(input, (key, value) => {
    xs.push(value.split(',').map(Number));
    ys.push(Number(key));
    if (ys.length < batchSize) return;
    const flat = Float32Array.from(xs.flat());
    if (flat.length !== ys.length * input.columns) throw new Error('a row has a wrong number of columns');
    xs = [];
    ys = [];
  });
};
