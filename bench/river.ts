/**
 * Rows that models predict, are judged on and learn in a second of processor time, beside River: `node --import tsx
 * bench/river.ts`.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { wholeNumber } from '../src/cli/values.ts';
import { bananasPath, phishingPath, readTable, type TableRow } from '../src/data/index.ts';
import {
  AdaptiveRandomForest,
  anomalyModel,
  GaussianNaiveBayes,
  HalfSpaceTrees,
  HoeffdingTreeClassifier,
  KNeighborsClassifier,
  LogisticRegression,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  prequentialScore,
  streamMetric,
  withScaler,
  type LabelledRow,
  type RowModel,
} from '../src/training/index.ts';
import { machine, report } from './report.ts';

interface Measured {
  data: string;
  rowsPerSecond: number;
  /** Not of half-space trees: they predict no class. */
  accuracy?: number;
  /** Of River's side: '' is the linear model. */
  learner?: string;
  /** `River 0.23.0` */
  version?: string;
}

/** The other learners, and how much of the rows each is given. */
const learners: Readonly<Record<string, readonly [make: (features: number) => RowModel, share: number]>> = {
  'naive Bayes': [(features) => new GaussianNaiveBayes({ features }), 1],
  'nearest neighbours': [
    (features) => withScaler(new OnlineStandardScaler(features), new KNeighborsClassifier({ features })),
    0.1,
  ],
  'Hoeffding tree': [(features) => new HoeffdingTreeClassifier({ features }), 1],
  'adaptive random forest': [(features) => new AdaptiveRandomForest({ features, seed: 42 }), 0.05],
  'half-space trees': [
    (features) =>
      withScaler(new OnlineMinMaxScaler(features), anomalyModel(new HalfSpaceTrees({ features, seed: 42 }))),
    1,
  ],
};

const flags = new Command('bench/river.ts')
  .description(
    'StandardScaler | LogisticRegression(SGD .005) and other learners: rows/s, each predicted, judged and then learnt.',
  )
  .option(
    '-n, --rows <count>',
    'rows for each measurement; the datasets are gone over again',
    wholeNumber(1),
    500_000,
  )
  .option('--repeat <times>', 'the best of so many', wholeNumber(1), 3)
  .option('--python <path>', "a Python with river 0.23: measures River's side too")
  .addOption(
    new Option('--only <learner>', 'only this one of the other learners').choices(Object.keys(learners)),
  )
  .option('--python-rows <count>', 'rows for River', wholeNumber(1), 50_000)
  .option('--json', 'one line of JSON for each measurement')
  .parse()
  .opts<{
    rows: number;
    repeat: number;
    python?: string;
    only?: string;
    pythonRows: number;
    json?: boolean;
  }>();

const datasets = {
  phishing: (await readTable(phishingPath, { label: 'is_phishing' })).rows,
  bananas: (await readTable(bananasPath, { label: 'class' })).rows,
};

const cycled = (rows: readonly TableRow[], count: number): LabelledRow[] =>
  Array.from({ length: count }, (_, i) => rows[i % rows.length]!);

const modelOf = (features: number) =>
  withScaler(new OnlineStandardScaler(features), new LogisticRegression({ features, learningRate: 0.005 }));

/** The loop as one writes it by hand. */
function byHand(rows: readonly LabelledRow[], model: RowModel = modelOf(rows[0]!.xs.length)): number {
  const metric = streamMetric('accuracy');
  for (const { xs, ys } of rows) {
    metric.update(ys, model.predictRow(xs));
    model.learnRow(xs, ys);
  }
  return metric.value;
}

/** Mini-batches of 32, float32. */
function byBatch(rows: readonly LabelledRow[]): number {
  const features = rows[0]!.xs.length;
  const all = Float32Array.from(rows.flatMap(({ xs }) => [...(xs as Float64Array)]));
  const labels = Float32Array.from(rows, ({ ys }) => ys);
  const model = modelOf(features);
  const metric = streamMetric('accuracy');
  started = processorTime();
  for (let from = 0; from < rows.length; from += 32) {
    const to = Math.min(rows.length, from + 32);
    const batch = {
      rows: to - from,
      xs: all.subarray(from * features, to * features),
      ys: labels.subarray(from, to),
    };
    const predictions = model.predict(batch.xs, batch.rows);
    for (let i = 0; i < batch.rows; i++) metric.update(batch.ys[i]!, predictions[i]!);
    model.learn(batch);
  }
  return metric.value;
}

/** The whole evaluation with its two baselines. */
async function evaluated(rows: readonly LabelledRow[]): Promise<number> {
  const { metrics } = await prequentialScore(rows, {
    model: modelOf(rows[0]!.xs.length),
    metrics: ['accuracy'],
  });
  return metrics['accuracy']!;
}

/** Microseconds of this process's processors when the rows were made. */
let started = 0;
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

interface Job {
  by: string;
  data: string;
  rows: readonly LabelledRow[];
  run: (rows: readonly LabelledRow[]) => number | Promise<number>;
}

async function measure({ by, data, rows, run }: Job): Promise<Measured & { by: string }> {
  started = processorTime();
  const accuracy = await run(rows);
  const rowsPerSecond = rows.length / ((processorTime() - started) / 1e6);
  return { by, data, rowsPerSecond, ...(by !== 'half-space trees' && { accuracy }) };
}

function riverSide(python: string): (Measured & { by: string })[] {
  const script = fileURLToPath(new URL('python-river.py', import.meta.url));
  const args = [script, String(flags.pythonRows), ...(flags.only ? [flags.only] : [])];
  return execFileSync(python, args, { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Measured)
    .map((one) => ({ ...one, by: `River: ${one.learner}` }));
}

function jobsOf(data: 'phishing' | 'bananas'): Job[] {
  const rows = cycled(datasets[data], flags.rows);
  const linear: Job[] = [
    { by: 'row by row', data, rows, run: (all) => byHand(all) },
    { by: 'mini-batches of 32', data, rows, run: byBatch },
    { by: 'prequential()', data, rows, run: evaluated },
  ];
  const others = Object.entries(learners).map(([by, [make, share]]) => ({
    by,
    data,
    rows: rows.slice(0, Math.ceil(rows.length * share)),
    run: (all: readonly LabelledRow[]) => byHand(all, make(all[0]!.xs.length)),
  }));
  return flags.only === undefined ? [...linear, ...others] : others.filter(({ by }) => by === flags.only);
}

/** The best of all rounds; in each, both sides take their turn, so that other work on the machine hits both alike. */
const best = new Map<string, Measured & { by: string }>();
const jobs = [...jobsOf('phishing'), ...jobsOf('bananas')];
for (let round = 0; round < flags.repeat; round++) {
  const found: (Measured & { by: string })[] = [];
  for (const job of jobs) found.push(await measure(job));
  for (const one of [...found, ...(flags.python ? riverSide(flags.python) : [])]) {
    const before = best.get(`${one.data}/${one.by}`);
    if (!(before && before.rowsPerSecond > one.rowsPerSecond)) best.set(`${one.data}/${one.by}`, one);
  }
}

/** A learner's rows by both sides, ours first. */
const table = [...best.values()]
  .filter(({ by }) => !by.startsWith('River'))
  .flatMap(({ data, by, rowsPerSecond, accuracy }) => {
    const isLinear = !(by in learners);
    const river = best.get(`${data}/River: ${isLinear ? '' : by}`);
    const row = { data, learner: isLinear ? `logistic regression, ${by}` : by };
    const own = {
      ...{ ...row, by: 'streamtrain', rowsPerSecond: Math.round(rowsPerSecond) },
      ...(river && { 'times River': rowsPerSecond / river.rowsPerSecond }),
      accuracy,
    };
    // River's linear model goes row by row, and stands beside ours that does.
    if (!river || (isLinear && by !== 'row by row')) return [own];
    const beside = {
      rowsPerSecond: Math.round(river.rowsPerSecond),
      'times River': 1,
      accuracy: river.accuracy,
    };
    return [own, { ...row, by: river.version ?? 'River', ...beside }];
  });
if (!flags.json) console.log(machine());
report('river', table, flags.json);
