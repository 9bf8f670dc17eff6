/** A trainer as a process of its own, for the tests that kill one. Its argument is a {@link TrainChild} as JSON. */
import { csvCodec, openKafka } from '../../src/kafka/index.ts';
import { kafkaCheckpoints, LogisticRegression, trainOnline } from '../../src/training/index.ts';
import { FEATURES } from './helpers.ts';

/** What it is given. */
export interface TrainChild {
  readonly brokers: readonly string[];
  readonly rows: string;
  readonly groupId: string;
  /** The topic of its checkpoints. */
  readonly versions: string;
  /** It ends with the topic, instead of waiting for more. */
  readonly toEnd?: boolean;
}

const given = JSON.parse(process.argv[2] ?? '') as TrainChild;
const codec = csvCodec({ columns: FEATURES, label: 'none' });
await using client = await openKafka({ brokers: [...given.brokers] });
const { totalRows } = await trainOnline({
  source: {
    ...{ topics: given.rows, groupId: given.groupId, groupInstanceId: 'trainer', client, maxRecords: 50 },
    ...(given.toEnd === true ? { stop: 'end' as const } : { streamTimeout: -1, pauseTimeout: 50 }),
  },
  model: new LogisticRegression({ features: FEATURES, learningRate: 0.1 }),
  // The key of a row says its class.
  decode: (record) => ({ ...codec.decode(record), ys: Number(String(record.key).slice(1)) % 2 }),
  checkpoint: kafkaCheckpoints({ topic: given.versions, client, keep: 3 }),
  checkpointEvery: 1,
  onRemark: () => {},
  onProgress: ({ totalRows }) => process.send?.({ rows: totalRows }),
});
process.send?.({ totalRows });
process.disconnect?.();
