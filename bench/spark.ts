/** What training on Spark costs and brings, beside one process; and a model of more executors: `node --import tsx bench/spark.ts`. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { startBroker } from '../src/broker/index.ts';
import { list, wholeNumber } from '../src/cli/values.ts';
import { startSpark, trainOnSpark, type SparkProgress } from '../src/engines/index.ts';
import { createTopic, deleteTopic, writeToKafka } from '../src/kafka/index.ts';
import { buildClassifier, compileTrainStep, type TrainStep } from '../src/model/index.ts';
import { axis, baseLayout, palette } from '../src/plots/figure.ts';
import { renderSvg } from '../src/plots/index.ts';
import { mulberry32 } from '../src/random.ts';
import { averageStates } from '../src/worker/index.ts';
import { machine, report } from './report.ts';

interface Flags {
  rows: number;
  features: number;
  perRound: number;
  epochs: number;
  workers: string[];
  mbit: number;
  picture?: string;
  json?: boolean;
}

const flags = new Command('bench/spark.ts')
  .description(
    'Trains on Spark ("npm run build" and "streamtrain engines fetch spark" first). Broker: $STREAMTRAIN_TEST_BROKERS, else an embedded one.',
  )
  .option('-n, --rows <count>', 'rows of the topic', wholeNumber(1), 60_000)
  .option('--features <count>', 'features of a row', wholeNumber(1), 18)
  .option('--per-round <rows>', 'rows of a round', wholeNumber(1), 15_000)
  .option('--epochs <count>', 'epochs of a part in a round', wholeNumber(1), 10)
  .option('--workers <counts>', 'how many at a time, one after the other', list, ['1', '2'])
  .option('--mbit <rate>', 'of the network in the model of more executors', wholeNumber(1), 1000)
  .option('--picture <file>', 'the model of more executors, drawn, as SVG')
  .option('--json', 'one line of JSON for each measurement')
  .parse()
  .opts<Flags>();
const { rows, features, perRound, epochs } = flags;
const partitions = Math.max(...flags.workers.map(Number));

/** Rows whose label shows in the product of two sums, which takes a while to learn; the same in every run. */
function someRows(count: number, seed: number) {
  const random = mulberry32(seed);
  const sum = (xs: readonly number[]) => xs.reduce((total, x) => total + x, 0);
  return Array.from({ length: count }, (_, at) => {
    const xs = Array.from({ length: features }, () => Math.round(random() * 2000 - 1000) / 1000);
    const half = features >> 1;
    const label = sum(xs.slice(0, half)) * sum(xs.slice(half)) > 0 ? 1 : 0;
    return { key: String(label), value: xs.join(','), partition: at % partitions };
  });
}

const batchOf = (given: ReturnType<typeof someRows>) => ({
  rows: given.length,
  xs: Float32Array.from(given.flatMap(({ value }) => value.split(',').map(Number))),
  ys: Float32Array.from(given.map(({ key }) => Number(key))),
});
const made = (): TrainStep => {
  const layers = buildClassifier({ inputs: features, seed: 1 });
  const step = compileTrainStep(layers, { optimizer: 'adam', loss: 'binaryCrossentropy', seed: 1 });
  layers.dispose();
  return step;
};
const test = batchOf(someRows(5000, 2));
const accuracyOf = (step: TrainStep): number => {
  const right = step
    .predict(test.xs, test.rows)
    .reduce((sum, p, row) => sum + (Math.round(p) === test.ys[row] ? 1 : 0), 0);
  return right / test.rows;
};
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

const named = process.env['STREAMTRAIN_TEST_BROKERS'];
const broker = named ? undefined : await startBroker({ temporary: true });
const brokers = named ? named.split(',') : broker!.brokers;
const topic = `bench-spark-${randomUUID()}`;
const data = someRows(rows, 1);
const worker = [
  process.execPath,
  fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)),
  'worker',
  '--stdin',
];
try {
  await createTopic(topic, { brokers, partitions });
  await writeToKafka(topic, data, { brokers });
  let steps = 0;
  let last: SparkProgress[] = [];
  const table = [];
  for (const workers of flags.workers.map(Number)) {
    await using spark = await startSpark({ workers });
    using model = made();
    const rounds: SparkProgress[] = [];
    const onProgress = (progress: SparkProgress) => void rounds.push(progress);
    const common = { topic, brokers, spark, worker, batchSize: 64, seed: 1 };
    const result = await trainOnSpark({
      ...common,
      model,
      rowsPerRound: perRound,
      epochsPerRound: epochs,
      onProgress,
    });
    // The first one starts the workers.
    last = rounds.length > 1 ? rounds.slice(1) : rounds;
    steps = result.steps;
    table.push({
      by: `Spark, ${workers} at a time`,
      's in all': result.seconds,
      's of rounds': result.roundSeconds,
      's a round': median(last.map(({ seconds }) => seconds)),
      'of it work': median(last.map(({ workSeconds }) => workSeconds)),
      'MB exchanged': result.exchangedBytes / 1e6,
      steps,
      accuracy: accuracyOf(model),
    });
  }
  const all = batchOf(data);
  const alone = (by: string, most: number) => {
    using step = made();
    const began = performance.now();
    while (step.step < most) step.learnEpochs(all, { batchSize: 64, shuffleSeed: 1 });
    const seconds = (performance.now() - began) / 1000;
    table.push({ by, 's in all': seconds, steps: step.step, accuracy: accuracyOf(step) });
    return seconds / (step.step * 64);
  };
  // A whole number of epochs, so the first has at least as many steps.
  const bySteps = alone('one process, as many steps', steps);
  // Whichever found the machine quieter.
  const secondsARow = Math.min(bySteps, alone('one process, as many epochs', epochs * Math.ceil(rows / 64)));
  report('spark', table, flags.json);
  report('spark-model', await modelOfMore(last, secondsARow), flags.json);
  if (!flags.json) console.log(machine());
} finally {
  await deleteTopic(topic, { brokers });
  await broker?.stop();
}

/**
 * A round on n executors, each with a partition of its own: what Spark takes for a round (as measured, without the parts' work) +
 * the rows' share of work (as one process does it) + the states' way through the driver's one network card + their mean. What
 * it leaves out: stragglers, a network that others use, and that more parts learn less from the same rows.
 */
async function modelOfMore(measured: readonly SparkProgress[], secondsARow: number) {
  const overhead = median(measured.map(({ seconds, workSeconds }) => Math.max(0, seconds - workSeconds)));
  const stateBytes = median(measured.map(({ exchangedBytes, parts }) => exchangedBytes / parts / 2));
  using step = made();
  const state = step.save();
  const began = performance.now();
  averageStates(Array.from({ length: 8 }, () => ({ rows: 1, state })));
  const meanSeconds = (performance.now() - began) / 1000 / 8;
  const bytesASecond = (flags.mbit * 1e6) / 8;
  const at = (executors: number, epochs: number) =>
    overhead +
    (perRound * epochs * secondsARow) / executors +
    executors * ((2 * stateBytes) / bytesASecond + meanSeconds);
  const counts = [1, 2, 4, 8, 16, 32, 64];
  const epochCounts = [1, 10, 100];
  const aloneAt = (epochs: number) => perRound * epochs * secondsARow;
  if (flags.picture !== undefined) {
    const colours = [palette.blue, palette.vermillion, palette.green];
    const data = epochCounts.map((epochs, place) => ({
      ...{ type: 'scatter', mode: 'lines+markers', name: `${epochs} epochs a round`, x: counts },
      y: counts.map((executors) => aloneAt(epochs) / at(executors, epochs)),
      line: { color: colours[place]! },
    }));
    const layout = baseLayout('A round on Spark, times as fast as in one process (model)', {
      xaxis: axis('executors', { type: 'log', tickvals: counts }),
      yaxis: axis('times as fast', { type: 'log' }),
    });
    const alt =
      'How many times as fast a round is by executors, for 1, 10 and 100 epochs: it pays only where a round is long.';
    await writeFile(flags.picture, await renderSvg({ data, layout, alt }));
  }
  return counts.map((executors) => ({
    executors,
    rounds: Math.ceil(rows / perRound),
    'MB a round': (2 * stateBytes * executors) / 1e6,
    ...Object.fromEntries(epochCounts.map((epochs) => [`s, epochs: ${epochs}`, at(executors, epochs)])),
    ...Object.fromEntries(
      epochCounts.map((epochs) => [`times, epochs: ${epochs}`, aloneAt(epochs) / at(executors, epochs)]),
    ),
  }));
}
