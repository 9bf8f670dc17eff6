/** Chapter 17 takes a table of one's own to a served model; other files than the one it makes go the same way. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { readTable, type Table } from '../../src/data/index.ts';
import {
  Adwin,
  LogisticRegression,
  OnlineMedianImputer,
  OnlineStandardScaler,
  prequential,
  PythonRandom,
  SoftmaxRegression,
  streamMetric,
  withScaler,
  type PrequentialPoint,
} from '../../src/training/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('17-your-own-data', 'ch17-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  assert.match(printed('file-yours'), /a table is made/);
  const columns = [...printed('look-read').matchAll(/│ '(\w+)' +│ '(\w+)' +│ (\d+) +│ (\d) +│/g)];
  assert.deepEqual(
    columns.map(([, name, kind, , features]) => `${name} ${kind} ${features}`),
    ['id text 0', 'visits number 1', 'spent number 1', 'plan category 3', 'since date 1', 'shop constant 0'],
  );
  assert.match(
    printed('look-read'),
    /4000 rows, 0 left out.*\nfields are separated by ","\nclasses: no, yes/,
  );
  assert.match(printed('look-frame'), /plan=basic/);
  const bars = displayedBy(notebook, 'look-balance', 'application/vnd.plotly.v1+json');
  assert.ok(JSON.stringify(bars).includes('yes'));
  const [model, last, frequent] = numbersAfter(printed('judge-run'), /: ([\d.]+) %/g);
  assert.ok(model! > 88 && last! < 65 && frequent! < 75, `${model}, ${last}, ${frequent}`);
  assert.match(printed('model-make'), /6 features, 2 classes: a logisticRegression/);
  const drawn = displayedBy(notebook, 'judge-figure', 'application/vnd.plotly.v1+json');
  assert.ok((drawn as { data: unknown[] }).data.length >= 3, 'model, baseline and alarms are drawn');
  const [alarm] = numbersAfter(printed('judge-alarms'), /rows (\d+)/g);
  assert.ok(alarm! >= 3000 && alarm! < 3300, `alarm at ${alarm}`);
  assert.match(printed('train-run'), /learnt: 4000 rows, then 0 \| in all lives: 4000/);
  assert.match(printed('serve-run'), /^4000 rows were predicted/);
  assert.match(printed('serve-read'), /4000 predictions of 4000 different rows/);
  assert.match(printed('serve-one'), /^1 more row was predicted/);
});

/** The chapter's table of another seed. */
async function customers(folder: string, seed: number): Promise<string> {
  const random = new PythonRandom(seed);
  const lines = Array.from({ length: 4000 }, (_, row) => {
    const [visits, spent] = [random.below(30), 100 * random.random()];
    const plan = ['basic', 'plus', 'pro'][random.below(3)]!;
    const since = new Date(Date.UTC(2020, 0, 1 + random.below(2000))).toISOString().slice(0, 10);
    const unhappy = row < 3000 ? visits < 12 && plan !== 'pro' : spent > 60;
    const left = unhappy !== random.random() < 0.05 ? 'yes' : 'no';
    const came = random.random() < 0.05 ? '' : visits;
    return [`c${row}`, came, spent.toFixed(2), plan, since, 'here', left].join(',');
  });
  return written(folder, ['id,visits,spent,plan,since,shop,left', ...lines, ''].join('\n'));
}

async function written(folder: string, text: string): Promise<string> {
  const file = path.join(folder, 'table.csv');
  await writeFile(file, text);
  return file;
}

/** As the chapter judges it: the last point, the drifts, and the accuracy of the last 250 rows at some rows. */
async function judged(table: Table) {
  const [features, classes] = [table.features.length, table.classes.length];
  const rates = { features, learningRate: 0.05 };
  const linear =
    classes === 2
      ? new LogisticRegression({ ...rates, interceptLearningRate: 0.05 })
      : new SoftmaxRegression({ ...rates, classes });
  const model = withScaler(
    new OnlineMedianImputer(features),
    withScaler(new OnlineStandardScaler(features), linear),
  );
  const metrics = [streamMetric('accuracy', { classes }), streamMetric('accuracy', { classes, window: 250 })];
  const points: PrequentialPoint[] = [];
  for await (const point of prequential(table.rows, { model, metrics, drift: new Adwin(), every: 50 }))
    points.push(point);
  const drifts = points.flatMap(({ marks }) => marks).filter(({ kind }) => kind === 'drift');
  const windowAt = (row: number) => points.find(({ rows }) => rows === row)?.metrics['accuracy@250'] ?? NaN;
  return { report: points.at(-1)!, drifts: drifts.map(({ row }) => row), windowAt };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamtrain-ch17-test-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('chapter 17, five seeds: nine rows in ten until the change, the alarm within 300 rows, and it recovers', async () => {
  await inFolder(async (folder) => {
    for (let seed = 1; seed <= 5; seed++) {
      const table = await readTable(await customers(folder, seed), { label: 'left' });
      const { report, drifts, windowAt } = await judged(table);
      const facts = `seed ${seed}: ${windowAt(3000)}, ${windowAt(3200)}, ${windowAt(4000)}, alarms ${drifts.join(' ')}`;
      assert.ok(Math.abs(windowAt(3000) - 0.9) < 0.05, facts);
      assert.ok(windowAt(3200) < windowAt(3000) - 0.1 && windowAt(4000) > windowAt(3200) + 0.1, facts);
      assert.ok(drifts[0]! >= 3000 && drifts[0]! < 3300, facts);
      assert.ok(report.metrics['accuracy']! > report.majority['accuracy']! + 0.1, facts);
    }
  });
});

/** Files of another make: each with its label, and what must be found in it. */
const others: Readonly<
  Record<string, (random: PythonRandom, row: number) => [fields: string[], isRight: boolean]>
> = {
  'decimal commas, semicolons and dotted dates': (random, row) => {
    const x = random.uniform(-5, 5);
    const day = `${1 + (row % 28)}.${1 + (row % 12)}.2025`;
    return [[x.toFixed(2).replace('.', ','), day, 'fest'], x > 0];
  },
  'a constant column and gaps': (random) => {
    const [x, y] = [random.uniform(0, 100), random.uniform(0, 1)];
    return [
      [random.random() < 0.2 ? 'NA' : x.toFixed(3), 'same', random.random() < 0.1 ? '?' : y.toFixed(3)],
      x > 40,
    ];
  },
  'categories alone': (random) => {
    const colour = ['red', 'green', 'blue', 'grey'][random.below(4)]!;
    const size = ['S', 'M', 'L'][random.below(3)]!;
    return [[colour, size, 'x'], colour === 'red' || size === 'L'];
  },
};

for (const [name, make] of Object.entries(others)) {
  test(`chapter 17 takes another file as well: ${name}`, async () => {
    await inFolder(async (folder) => {
      const random = new PythonRandom(9);
      const delimiter = name.startsWith('decimal') ? ';' : ',';
      const lines = Array.from({ length: 1000 }, (_, row) => {
        const [fields, isRight] = make(random, row);
        return [...fields, isRight ? 'good' : 'bad'].join(delimiter);
      });
      const file = await written(folder, [['a', 'b', 'c', 'class'].join(delimiter), ...lines, ''].join('\n'));
      const table = await readTable(file, { label: 'class' });
      assert.equal(table.layout.delimiter, delimiter);
      assert.ok(table.columns.some(({ kind }) => kind === 'constant'));
      const { report, drifts } = await judged(table);
      const { metrics, noChange, majority } = report;
      assert.ok(metrics['accuracy']! > 0.8, `${metrics['accuracy']}`);
      assert.ok(metrics['accuracy']! > Math.max(noChange['accuracy']!, majority['accuracy']!) + 0.1);
      assert.deepEqual(drifts, []);
    });
  });
}
