/**
 * The process that the kill test kills: trains on a topic, tells its parent before each checkpoint and after each mini
 * dataset, and prints a digest of everything it has learnt at the end. Arguments: one JSON object, {@link KillChild}.
 */
import { createHash } from 'node:crypto';
import { csvCodec, openKafka } from '../../../src/kafka/index.ts';
import type { OnlineModel } from '../../../src/model/index.ts';
import { kafkaCheckpoints, localCheckpoints, type CheckpointStore } from '../../../src/training/index.ts';
import { packState } from '../../../src/training/checkpoint/state-codec.ts';
import { trainOnline } from '../../../src/training/index.ts';
import { OnlineStandardScaler } from '../../../src/scaling/index.ts';
import { PlainAccuracy, PlainRegression, RowLedger } from './helpers.ts';

/** What the child is told. */
export interface KillChild {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  /** Where the checkpoints are; none: an unbroken run. */
  readonly folder?: string;
  /** The topic of checkpoints, instead of a folder. */
  readonly checkpoints?: string;
  readonly features: number;
  readonly maxRecords: number;
  /** A checkpoint after so long, ms, instead of after each mini dataset. */
  readonly everyMs?: number;
  /** The compiled network instead of the plain model. */
  readonly network?: boolean;
  /** How many rows each partition has. */
  readonly rows: Readonly<Record<number, number>>;
}

/** What the child tells. */
export type KillMessage =
  | { readonly at: 'saving' }
  | { readonly at: 'learnt'; readonly totalRows: number }
  | {
      readonly at: 'end';
      /** Of the states of model (weights and optimizer), scaler and metric. */
      readonly digests: Readonly<Record<string, string>>;
      readonly ledger: readonly string[];
      readonly steps: number;
      readonly refused: number;
    };

const told = JSON.parse(process.argv[2] ?? '{}') as KillChild;
const { brokers, topic, groupId, folder, features, maxRecords } = told;
const tell = (message: KillMessage): void => void process.send?.(message);

const client = told.checkpoints === undefined ? undefined : await openKafka({ brokers: [...brokers] });
const model = told.network ? await network() : new PlainRegression(features);
const scaler = new OnlineStandardScaler(features);
const accuracy = new PlainAccuracy();
const ledger = new RowLedger();
const { steps, refused } = await trainOnline({
  source: { topics: topic, groupId, brokers: [...brokers], stop: 'end', maxRecords, order: 'interleaved' },
  model,
  decode: csvCodec({ columns: features }),
  epochsPerBatch: 3,
  seed: 7,
  scaler,
  evaluate: [accuracy],
  extras: { ledger },
  ...(told.everyMs !== undefined && { checkpointEvery: { milliseconds: told.everyMs } }),
  onLearnt: (mini) => ledger.add(mini),
  onProgress: ({ totalRows }) => tell({ at: 'learnt', totalRows }),
  ...(folder !== undefined && { checkpoint: telling(localCheckpoints(folder)) }),
  ...(client && {
    checkpoint: telling(kafkaCheckpoints({ topic: told.checkpoints!, client })),
  }),
});
const digests = Object.fromEntries(
  Object.entries({ model, scaler, accuracy }).map(([name, one]) => [name, digestOf(one.save())]),
);
tell({ at: 'end', digests, ledger: ledger.faults(told.rows), steps, refused: refused.length });
await client?.close();
process.disconnect();

/** The article's classifier with dropout and Adam, compiled. Loaded only here: TensorFlow takes a second. */
async function network(): Promise<OnlineModel> {
  const { buildClassifier, compileTrainStep } = await import('../../../src/model/index.ts');
  const layers = buildClassifier({ inputs: features, seed: 5 });
  const step = compileTrainStep(layers, { optimizer: 'adam', loss: 'binaryCrossentropy', seed: 9 });
  layers.dispose();
  return step;
}

/** The same store; says when a checkpoint is about to be written. */
function telling(store: CheckpointStore): CheckpointStore {
  return {
    place: store.place,
    ...(store.inKafka !== undefined && { inKafka: store.inKafka }),
    ...(store.inThread !== undefined && { inThread: store.inThread }),
    lock: () => store.lock(),
    list: () => store.list(),
    load: (id) => store.load(id),
    save: (...given) => {
      tell({ at: 'saving' });
      return store.save(...given);
    },
  };
}

function digestOf(state: Parameters<typeof packState>[0]): string {
  const { json, bytes } = packState(state);
  return createHash('sha256').update(JSON.stringify(json)).update(bytes).digest('hex');
}
