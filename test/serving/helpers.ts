/** What the tests of serving share: rows in a topic, versions of a model in a store, and predictions as others read them. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  createTopic,
  csvCodec,
  fromKafka,
  writeToKafka,
  type KafkaClient,
  type WriterItem,
} from '../../src/kafka/index.ts';
import { until } from '../../src/process/index.ts';
import { mulberry32 } from '../../src/random.ts';
import { OnlineStandardScaler } from '../../src/scaling/index.ts';
import {
  readPrediction,
  serve,
  type ModelServer,
  type ServeOptions,
  type ServedPrediction,
} from '../../src/serving/index.ts';
import {
  localCheckpoints,
  LogisticRegression,
  saveParts,
  type CheckpointStore,
  type Statefuls,
} from '../../src/training/index.ts';
import { randomName } from '../helpers/topics.ts';
import { typescriptProgram } from '../helpers/typescript.ts';
import { temporaryFolder } from '../training/checkpoint/helpers.ts';
import type { ServeChild } from './serve-child.ts';
import type { TrainChild } from './train-child.ts';

export const FEATURES = 3;
const codec = csvCodec({ columns: FEATURES, label: 'none' });

/** A row of small numbers that differ from row to row. */
export const rowOf = (n: number): WriterItem => ({
  key: `k${n % 7}`,
  value: [n % 5, (n % 11) - 5, (n % 3) / 2].join(','),
});

/** A logistic regression whose weights are fixed by a number: version 2 predicts other scores than version 1. */
export function modelOf(n: number): LogisticRegression {
  const model = new LogisticRegression({ features: FEATURES, learningRate: 0.1 });
  for (let step = 0; step < n; step++)
    model.learn({ rows: 2, xs: Float64Array.of(1, 0, 1, 0, n, -1), ys: Float32Array.of(1, 0) });
  return model;
}

/** Rows drawn by lot, and models that have learnt such rows. */
export function drawnRows(seed: number) {
  const random = mulberry32(seed);
  const draw = (): number[] =>
    Array.from({ length: FEATURES }, () => Math.round((random() * 4 - 2) * 100) / 100);
  /** The truth of a row: class 1 with a probability that its first two features decide. */
  const labelOf = ([a = 0, b = 0]: readonly number[]): 0 | 1 =>
    random() < 1 / (1 + Math.exp(-(2 * a - b))) ? 1 : 0;
  /** A model that has learnt so many rows: the more, the better. */
  const learnt = (rows: number): LogisticRegression => {
    const model = new LogisticRegression({ features: FEATURES, learningRate: 0.05 });
    for (let at = 0; at < rows; at++) {
      const row = draw();
      model.learn({ rows: 1, xs: Float64Array.from(row), ys: Float32Array.of(labelOf(row)) });
    }
    return model;
  };
  return { draw, labelOf, learnt };
}

/** Waits until something holds; fails at once where the server ends before. */
export async function eventually(look: () => boolean, server?: ModelServer): Promise<void> {
  const over = new AbortController();
  const looking = until(
    async () => look() || undefined,
    { first: 5, longest: 50 },
    60_000,
    () => new Error(`It did not come to ${String(look)}`),
    over.signal,
  );
  const ending = server?.done.then(() => assert.fail('the server ended by itself'));
  try {
    await Promise.race(ending === undefined ? [looking] : [looking, ending]);
  } finally {
    over.abort();
  }
}

/** A server or a trainer as a process of its own, which is killed at the end of the test at the latest. */
export function startChild(t: TestContext, given: ServeChild | TrainChild): ChildProcess {
  const file = 'topics' in given ? 'serve-child.ts' : 'train-child.ts';
  const program = typescriptProgram(fileURLToPath(new URL(file, import.meta.url)));
  const child = spawn(process.execPath, [...program, JSON.stringify(given)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Keeps a version in a store that is locked; gives its id. */
export function saveVersion(store: CheckpointStore, statefuls: Statefuls): Promise<string> {
  return store.save({ topics: ['rows'], position: { rows: { 0: 1 } }, parts: saveParts(statefuls) });
}

/** A folder of versions, gone after the test. */
export async function versionsOf(
  t: TestContext,
  keep = 100,
): Promise<{ store: CheckpointStore; folder: string }> {
  const folder = await temporaryFolder(t);
  const store = localCheckpoints(folder, { keep });
  const lock = await store.lock();
  t.after(() => lock.release());
  return { store, folder };
}

/** A source of so many partitions and a topic for predictions, both gone after the test. */
export async function topicsOf(t: TestContext, client: KafkaClient, partitions = 2) {
  const [rows, to] = [randomName('rows'), randomName('predictions')];
  await createTopic(rows, { client, partitions });
  t.after(async () => {
    await Promise.all([rows, to, `${to}.dead`].map((topic) => client.topics.delete(topic)));
  });
  return { rows, to, groupId: randomName('servers') };
}

/** Writes rows `from` to (not including) `to`. */
export async function writeRows(topic: string, client: KafkaClient, from: number, to: number): Promise<void> {
  const items = Array.from({ length: to - from }, (_, i) => rowOf(from + i));
  await writeToKafka(topic, items, { client });
}

/** Writes rows, some at a time, until it is stopped. */
export function flowing(topic: string, client: KafkaClient): { stop: () => Promise<number> } {
  let isOver = false;
  let rows = 0;
  const writing = (async () => {
    for (; !isOver; rows += 20) {
      await writeRows(topic, client, rows, rows + 20);
      await sleep(50);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await writing;
      return rows;
    },
  };
}

/** Serves logistic regressions. */
export function serveRows(
  client: KafkaClient,
  { rows, to, groupId }: { rows: string; to: string; groupId: string },
  options: Partial<ServeOptions> = {},
) {
  return serve({
    to,
    model: () => modelOf(0),
    decode: codec,
    onRemark: () => {},
    ...options,
    source: { topics: rows, groupId, client, stop: 'end', ...options.source },
  });
}

/** All predictions that a reader with `read_committed` sees. */
export async function predictionsIn(
  topic: string,
  client: KafkaClient,
): Promise<(ServedPrediction & { readonly key: string })[]> {
  const found: (ServedPrediction & { readonly key: string })[] = [];
  for await (const record of fromKafka(topic, { client, consumer: { isolationLevel: 'read_committed' } }))
    found.push({ ...readPrediction(record), key: String(record.key) });
  return found;
}

/** Refuses predictions of which a row has none, or more than one. */
export function assertOnePerRow(
  predictions: readonly ServedPrediction[],
  ends: Readonly<Record<number, number>>,
): void {
  const seen = new Map<string, number>();
  for (const { partition, offset } of predictions) {
    const place = `${partition}/${offset}`;
    seen.set(place, (seen.get(place) ?? 0) + 1);
  }
  const wanted = Object.entries(ends).flatMap(([partition, end]) =>
    Array.from({ length: end }, (_, offset) => `${partition}/${offset}`),
  );
  const there = new Set(wanted);
  const missing = wanted.filter((place) => !seen.has(place));
  const doubled = [...seen].filter(([, times]) => times > 1).map(([place]) => place);
  const rest = [...seen.keys()].filter((place) => !there.has(place));
  assert.deepEqual(
    { missing: missing.slice(0, 5), doubled: doubled.slice(0, 5), foreign: rest.slice(0, 5) },
    { missing: [], doubled: [], foreign: [] },
    `${missing.length} rows without a prediction, ${doubled.length} with several, ${rest.length} that there are not`,
  );
}

/** The end of each partition of a topic. */
export async function endsOf(topic: string, client: KafkaClient): Promise<Record<number, number>> {
  const marks = await client.topics.watermarks(topic);
  return Object.fromEntries(marks.map(({ partition, high }) => [partition, high]));
}

/** A scaler that has seen some rows. */
export function scalerOf(n: number): OnlineStandardScaler {
  const scaler = new OnlineStandardScaler(FEATURES);
  scaler.learn(Float64Array.of(1, 2, 3, 4, 6 + n, 5, 0, -1, 2), 3);
  return scaler;
}

/** The values of metrics as Prometheus' text format has them, by series; refuses text that its parsers would not take. */
export function metricValues(text: string): ReadonlyMap<string, number> {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const types = new Map<string, string>();
  const values = new Map<string, number>();
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (comment?.[1] === 'TYPE') {
      assert.match(comment[3]!, /^(counter|gauge|histogram)$/);
      assert.ok(!types.has(comment[2]!), `${comment[2]} has its type twice`);
      types.set(comment[2]!, comment[3]!);
    }
    if (line.startsWith('#')) {
      assert.ok(comment, line);
      continue;
    }
    const sample = /^([a-z_]+)((?:\{(?:[a-z]+="[^"\\\n]*",?)+\})?) (nan|[+-]?inf|-?[\d.e+-]+)$/i.exec(line);
    assert.ok(sample, `no sample: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const own = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, ''));
    assert.ok(own !== undefined, `${name} has no type`);
    assert.ok(own !== 'counter' || name.endsWith('_total'), `${name} counts, and does not end with _total`);
    assert.ok(!values.has(name + labels), `${name}${labels} is there twice`);
    values.set(name + labels, /^nan$/i.test(value) ? NaN : Number(value.replace(/inf/i, 'Infinity')));
  }
  return values;
}
