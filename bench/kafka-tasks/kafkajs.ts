/** The same work with plain kafkajs, as its documentation shows it. */
import { Kafka, logLevel, Partitioners, type EachBatchPayload } from 'kafkajs';
import { rowStream, type Task, type TaskInput } from './task.ts';

const perSend = 5_000;

const connect = ({ brokers }: TaskInput): Kafka =>
  new Kafka({ clientId: 'bench', brokers, logLevel: logLevel.NOTHING });

export const write: Task = async (input) => {
  const producer = connect(input).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  let messages: { key: string; value: string }[] = [];
  for (const row of rowStream(input.rows, input.columns)) {
    messages.push({ ...row });
    if (messages.length < perSend) continue;
    await producer.send({ topic: input.topic, messages });
    messages = [];
  }
  if (messages.length > 0) await producer.send({ topic: input.topic, messages });
  await producer.disconnect();
  return input.rows;
};

/** Runs a consumer until all rows were seen. */
async function consume(input: TaskInput, onBatch: (payload: EachBatchPayload) => number): Promise<number> {
  const consumer = connect(input).consumer({
    groupId: `${input.topic}-kafkajs-${process.pid}`,
    maxWaitTimeInMs: 100,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: input.topic, fromBeginning: true });
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
      seen += onBatch(payload);
      if (seen >= input.rows) resolve();
    };
    consumer.run({ eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  return seen;
}

export const read: Task = (input) => consume(input, ({ batch }) => batch.messages.length);

/** Every row split and turned into numbers, then gathered into one array for each batch. */
export const decode: Task = (input) =>
  consume(input, ({ batch }) => {
    const xs = batch.messages.map(({ value }) => String(value).split(',').map(Number));
    const ys = batch.messages.map(({ key }) => Number(String(key)));
    const flat = Float32Array.from(xs.flat());
    if (flat.length !== ys.length * input.columns) throw new Error('a row has a wrong number of columns');
    return ys.length;
  });
