/** Trains once and reports: `node run-task.ts TASK INPUT-AS-JSON`, in a process of its own. */
import { csvCodec, fromKafka, openKafka } from '../../src/kafka/index.ts';
import { buildClassifier, compileTrainStep, type OnlineModel } from '../../src/model/index.ts';
import {
  classificationError,
  kafkaCheckpoints,
  localCheckpoints,
  OnlineStandardScaler,
  trainOnBatches,
  trainOnline,
  type StreamMetric,
} from '../../src/training/index.ts';
import { Bound, STEPS_NEEDED, stopwatch } from './bound.ts';

/** What a task is told. */
export interface TrainingInput {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  readonly features: number;
  /** Where checkpoints are kept. */
  readonly folder: string;
  /** The topic they are kept in instead. */
  readonly versions?: string;
  readonly maxRecords: number;
  /** A checkpoint after so long instead of after each mini dataset, ms. */
  readonly everyMs?: number;
  /** Passes of batch training. */
  readonly epochs: number;
}

/** What it reports. */
export interface TrainingReport {
  readonly rows: number;
  /** Rows learnt a second, each epoch counted for batch training, each row once for online training. */
  readonly rowsPerSecond: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Share of the time waiting for Kafka. */
  readonly waitingShare: number;
  readonly peakMiB: number;
  /** From the start of the process to the end of its first step, ms. */
  readonly firstStepMs: number;
  readonly steps: number;
  /**
   * Share of the time, from the first row on, that the same native calls, learning and predicting, take with rows that are
   * there already, measured now and then while the training runs: 1 is the bound. Left out where there were too few steps.
   */
  readonly stepShare?: number | undefined;
  /** The same of processor time of all threads, which leaves out waiting and other work of the machine. */
  readonly stepCpuShare?: number | undefined;
  /**
   * The same of what keeps the training back: the calls' processor time beside all other of the thread that trains. What other
   * threads write and read meanwhile is left out, as it is where a processor is free for them. Linux only.
   */
  readonly stepThreadShare?: number | undefined;
  readonly accuracy: number;
  /** Resident memory in MiB, early and late in the run. */
  readonly earlyMiB: number;
  readonly lateMiB: number;
}

const [task = '', json = '{}'] = process.argv.slice(2);
const input = JSON.parse(json) as TrainingInput;
const { features } = input;
let firstStepMs = 0;
const samples: number[] = [];

const layers = buildClassifier({ inputs: features, seed: 1 });
const compile = (): OnlineModel =>
  compileTrainStep(layers, { optimizer: 'adam', loss: 'binaryCrossentropy', seed: 1 });
const [model, bare] = [compile(), compile()];
layers.dispose();
const bound = new Bound(model, bare);
const learn = model.learn.bind(model);
model.learn = (batch) => {
  const result = learn(batch);
  if (firstStepMs === 0) firstStepMs = process.uptime() * 1000;
  if (model.step % 256 === 0) samples.push(process.memoryUsage.rss());
  return result;
};

const accuracy: StreamMetric & { right: number; rows: number } = {
  kind: 'accuracy',
  right: 0,
  rows: 0,
  get value() {
    return this.right / this.rows;
  },
  update(truth, predicted) {
    this.rows++;
    this.right += 1 - classificationError(truth, predicted);
  },
  save() {
    return { right: this.right, rows: this.rows };
  },
  restore(state) {
    Object.assign(this, state);
  },
};

const used = stopwatch();
const found = task === 'batch' ? await batch() : await online();
const all = used();
const cpuSeconds = all.cpu - bound.looking.cpu;
const { step: steps } = model;
const quarter = Math.ceil(samples.length / 4);
const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const seconds = found.seconds - bound.looking.wall;
const least = bound.seconds;
if (!least)
  console.error(`${task}: ${steps} steps are too few to measure the bound, which takes ${STEPS_NEEDED}`);
const ofThread = least && least.cpu / (least.cpu + all.thread - bound.looking.thread - least.thread);
const report: TrainingReport = {
  ...found,
  seconds,
  rowsPerSecond: found.rows / seconds,
  cpuSeconds,
  peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  firstStepMs,
  steps,
  stepShare: least && least.wall / seconds,
  stepCpuShare: least && least.cpu / cpuSeconds,
  // A message has no NaN.
  stepThreadShare: Number.isFinite(ofThread) ? ofThread : undefined,
  accuracy: accuracy.value,
  earlyMiB: mebibytes(Math.max(0, ...samples.slice(quarter, 2 * quarter))),
  lateMiB: mebibytes(Math.max(0, ...samples.slice(-quarter))),
};
process.send?.(report);
process.disconnect();

async function batch() {
  const data = fromKafka(input.topic, { brokers: [...input.brokers] });
  const since = performance.now();
  const { epochs } = await trainOnBatches({
    model,
    data,
    decode: csvCodec({ columns: features }),
    epochs: input.epochs,
    batchSize: 64,
    evaluate: [accuracy],
    seed: 1,
  });
  const seconds = (performance.now() - since) / 1000;
  const rows = epochs.reduce((sum, epoch) => sum + epoch.rows, 0);
  const { waitedMs } = data.stats();
  return { rows, seconds, waitingShare: waitedMs / 1000 / seconds };
}

async function online() {
  const { versions, brokers, everyMs } = input;
  await using client = versions === undefined ? undefined : await openKafka({ brokers: [...brokers] });
  const result = await trainOnline({
    source: {
      topics: input.topic,
      groupId: input.groupId,
      brokers: [...input.brokers],
      stop: 'end',
      maxRecords: input.maxRecords,
    },
    model,
    decode: csvCodec({ columns: features }),
    batchSize: 32,
    epochsPerBatch: 3,
    seed: 1,
    scaler: new OnlineStandardScaler(features),
    evaluate: [accuracy],
    checkpoint: client ? kafkaCheckpoints({ topic: versions!, client }) : localCheckpoints(input.folder),
    ...(everyMs !== undefined && { checkpointEvery: { milliseconds: everyMs } }),
    // A few are enough for who kills it midway; a message for each mini dataset would take time of the training.
    onProgress: ({ checkpoints }) => checkpoints < 10 && process.send?.('progress'),
  });
  const { rows, rowsPerSecond, waitingShare } = result;
  // From the first row on, without joining the group.
  return { rows, seconds: rows / rowsPerSecond, waitingShare };
}
