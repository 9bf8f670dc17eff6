/** What the tests of online training share: a model of a few lines, a metric, a row ledger, rows in a topic. */
import type { LearnResult, MiniBatch, OnlineModel, State, Stateful } from '../../../src/model/index.ts';
import type { KafkaRecord } from '../../../src/kafka/index.ts';
import type { CustomTrainingSource, MiniRecords, StreamMetric } from '../../../src/training/index.ts';
import type { Bench } from '../../kafka/dataset-helpers.ts';

/** Logistic regression by plain gradient descent, in float64. Order and repetition of rows show in its weights. */
export class PlainRegression implements OnlineModel {
  readonly kind = 'plainRegression';
  readonly outputs = 1;
  readonly features: number;
  step = 0;
  learningRate = 0.05;
  weights: Float64Array;

  constructor(features: number) {
    this.features = features;
    this.weights = new Float64Array(features + 1);
  }

  predict(xs: Float32Array, rows: number): Float32Array {
    return Float32Array.from({ length: rows }, (_, row) => this.#probability(xs, row));
  }

  learn({ xs, ys, rows }: MiniBatch): LearnResult {
    const gradient = new Float64Array(this.features + 1);
    const predictions = this.predict(xs, rows);
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const p = Math.min(Math.max(predictions[row]!, 1e-7), 1 - 1e-7);
      loss -= Math.log(ys[row] === 1 ? p : 1 - p) / rows;
      const error = (p - ys[row]!) / rows;
      for (let i = 0; i < this.features; i++) gradient[i]! += error * xs[row * this.features + i]!;
      gradient[this.features]! += error;
    }
    for (const [i, value] of gradient.entries()) this.weights[i]! -= this.learningRate * value;
    this.step++;
    return { loss, predictions };
  }

  save(): State {
    return { step: this.step, learningRate: this.learningRate, weights: this.weights.slice() };
  }

  restore(state: State): void {
    const { step, learningRate, weights } = state as {
      step: number;
      learningRate: number;
      weights: Float64Array;
    };
    if (weights.length !== this.features + 1) throw new Error(`weights for ${weights.length - 1} features`);
    [this.step, this.learningRate, this.weights] = [step, learningRate, weights.slice()];
  }

  dispose(): void {}

  #probability(xs: Float32Array, row: number): number {
    let sum = this.weights[this.features]!;
    for (let i = 0; i < this.features; i++) sum += this.weights[i]! * xs[row * this.features + i]!;
    return 1 / (1 + Math.exp(-sum));
  }
}

/** Share of right classes. */
export class PlainAccuracy implements StreamMetric {
  readonly kind = 'plainAccuracy';
  readonly name = 'accuracy';
  rows = 0;
  right = 0;

  get value(): number {
    return this.right / this.rows;
  }

  update(truth: number, predicted: number | Float32Array): void {
    this.rows++;
    if (Number(predicted) > 0.5 === (truth === 1)) this.right++;
  }

  save(): State {
    return { rows: this.rows, right: this.right };
  }

  restore(state: State): void {
    ({ rows: this.rows, right: this.right } = state as { rows: number; right: number });
  }
}

/** How often each offset of each partition was learnt by the state it belongs to. */
export class RowLedger implements Stateful {
  readonly kind = 'rowLedger';
  counts: Record<string, Uint8Array> = {};

  add({ records }: MiniRecords): void {
    for (const { partition, offset } of records) {
      let counts = (this.counts[partition] ??= new Uint8Array(1024));
      if (offset >= counts.length) {
        counts = new Uint8Array(2 ** Math.ceil(Math.log2(offset + 1)));
        counts.set(this.counts[partition]);
        this.counts[partition] = counts;
      }
      counts[offset]!++;
    }
  }

  /** Which partitions' offsets from 0 to `rows` were not learnt exactly once. */
  faults(rows: Readonly<Record<number, number>>): string[] {
    const faults: string[] = [];
    for (const [partition, count] of Object.entries(rows)) {
      const counts = this.counts[partition] ?? new Uint8Array();
      for (let offset = 0; offset < Math.max(count, counts.length); offset++) {
        const wanted = offset < count ? 1 : 0;
        const found = counts[offset] ?? 0;
        if (found !== wanted) faults.push(`${partition}/${offset}: ${found} times`);
      }
    }
    return faults;
  }

  save(): State {
    return structuredClone(this.counts);
  }

  restore(state: State): void {
    this.counts = structuredClone(state) as Record<string, Uint8Array>;
  }
}

/** A row that can be told apart and learnt: class 1 where the first feature is large. The same in every process. */
export function rowOf(index: number, features: number): { key: string; value: string } {
  const draw = (i: number): number => (Math.imul(index * 31 + i + 1, 0x9e3779b1) >>> 0) / 2 ** 32;
  const xs = Array.from({ length: features }, (_, i) => draw(i).toFixed(3));
  return { key: Number(xs[0]) + draw(77) / 4 > 0.6 ? '1' : '0', value: xs.join() };
}

/** Writes such rows into one partition. */
export async function writeRows(
  { producer }: Bench,
  topic: string,
  count: number,
  { features = 3, partition = 0, from = 0 } = {},
): Promise<void> {
  const messages = Array.from({ length: count }, (_, i) => ({ partition, ...rowOf(from + i, features) }));
  for (let at = 0; at < count; at += 5000)
    await producer.send({ topic, messages: messages.slice(at, at + 5000) });
}

/** A source of so many records in memory, 20 to a mini dataset, that begins where the checkpoint stands. */
export function memorySource(rows: number, size = 20): CustomTrainingSource {
  const records = Array.from(
    { length: rows },
    (_, offset) => ({ topic: 't', partition: 0, offset }) as KafkaRecord,
  );
  return {
    topics: 't',
    open: (position) => ({
      async *[Symbol.asyncIterator]() {
        for (let from = position?.['t']?.['0'] ?? 0; from < rows; from += size) {
          const part = records.slice(from, from + size);
          yield { records: part, end: { t: { 0: from + part.length } } };
        }
      },
    }),
  };
}
