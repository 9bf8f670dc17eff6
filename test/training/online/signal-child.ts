/**
 * A training that is told to stop by a signal. Arguments: one JSON object, {@link SignalChild}. Prints `learning` once it
 * learns, and at the end what it came to.
 */
import { csvCodec } from '../../../src/kafka/index.ts';
import { localCheckpoints } from '../../../src/training/index.ts';
import { trainOnline } from '../../../src/training/index.ts';
import { PlainRegression } from './helpers.ts';

/** What the child is told. */
export interface SignalChild {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  readonly folder: string;
  /** Who listens for the signal: training, or a handler of the program's own that aborts it. */
  readonly listener: 'stopOnSignals' | 'on' | 'once' | 'onceBefore';
}

const { brokers, topic, groupId, folder, listener } = JSON.parse(process.argv[2]!) as SignalChild;
const stopping = new AbortController();
const abort = (): void => stopping.abort();
const listen = (): void => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    if (listener === 'on') process.on(signal, abort);
    else if (listener !== 'stopOnSignals') process.once(signal, abort);
  }
};
if (listener === 'onceBefore') listen();

class Slow extends PlainRegression {
  override learn(batch: Parameters<PlainRegression['learn']>[0]) {
    const until = performance.now() + 20;
    while (performance.now() < until);
    return super.learn(batch);
  }
}

let told = false;
const { ended, rows, checkpoint } = await trainOnline({
  source: { topics: topic, groupId, brokers: [...brokers], streamTimeout: -1, maxRecords: 320 },
  model: new Slow(3),
  decode: csvCodec({ columns: 3 }),
  epochsPerBatch: 3,
  checkpoint: localCheckpoints(folder),
  checkpointEvery: 1000,
  signal: stopping.signal,
  stopOnSignals: listener === 'stopOnSignals',
  onProgress: () => {
    if (told) return;
    told = true;
    if (listener !== 'onceBefore') listen();
    console.log('learning');
  },
});
console.log(JSON.stringify({ ended, rows, checkpoint }));
