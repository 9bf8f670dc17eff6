/** The bound of a training: its own native calls on rows that are in memory, measured while it runs. */
import { readFileSync } from 'node:fs';
import type { MiniBatch, OnlineModel } from '../../src/model/index.ts';

/** A look at the bound after so many steps of the training. */
const LOOK_EVERY = 256;
/** So many bare steps a look, each on another mini-batch of the training; one more before them brings its weights near. */
const STEPS = 16;
/** The first looks find code that is not compiled yet. */
const WARM_UP = 2;
/** Steps until there is a look that counts. */
export const STEPS_NEEDED = LOOK_EVERY * (WARM_UP + 1);

/** Seconds by the clock, and of processor time: of all threads, and of the one that trains. */
export interface Seconds {
  readonly wall: number;
  readonly cpu: number;
  /** NaN where the system does not tell (only Linux does). */
  readonly thread: number;
}

const NONE: Seconds = { wall: 0, cpu: 0, thread: 0 };

/** Seconds since a moment, of either kind. */
export function stopwatch(): () => Seconds {
  const since = performance.now();
  const before = process.cpuUsage();
  const threadBefore = threadSeconds();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const wall = (performance.now() - since) / 1000;
    return { wall, cpu: (user + system) / 1e6, thread: threadSeconds() - threadBefore };
  };
}

/** Processor time of the main thread so far. */
function threadSeconds(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  } catch {
    return NaN;
  }
}

/**
 * Watches a model that is trained, and now and then lets another one of the same make just take steps and predict: in the
 * same seconds, so that whatever else the machine does hits both alike.
 */
export class Bound {
  /** What the looks took, which is no part of the training. */
  looking = NONE;
  readonly #bare: OnlineModel;
  readonly #batches: MiniBatch[] = [];
  #rows: { readonly xs: Float32Array; readonly count: number } | undefined;
  #steps = 0;
  #predictedRows = 0;
  #looks = 0;
  #stepping = NONE;
  #predicting = NONE;

  /** @param bare another model like `model`; its own from here on */
  constructor(model: OnlineModel, bare: OnlineModel) {
    this.#bare = bare;
    const learn = model.learn.bind(model);
    const predict = model.predict.bind(model);
    model.predict = (xs, rows) => {
      this.#predictedRows += rows;
      this.#rows ??= { xs: Float32Array.from(xs), count: rows };
      return predict(xs, rows);
    };
    model.learn = (batch) => {
      const result = learn(batch);
      const { rows, xs, ys } = batch;
      if (this.#batches.length < STEPS)
        this.#batches.push({ rows, xs: Float32Array.from(xs), ys: ys.slice() });
      if (++this.#steps % LOOK_EVERY === 0) this.#look();
      return result;
    };
  }

  /** How long the training's calls take alone; not known of one with fewer than {@link STEPS_NEEDED} steps. */
  get seconds(): Seconds | undefined {
    const looks = this.#looks - WARM_UP;
    if (looks < 1) return undefined;
    const perRow = this.#rows ? this.#predictedRows / this.#rows.count : 0;
    const of = (kind: keyof Seconds): number =>
      (this.#steps * this.#stepping[kind]) / (looks * STEPS) + (perRow * this.#predicting[kind]) / looks;
    return { wall: of('wall'), cpu: of('cpu'), thread: of('thread') };
  }

  #look(): void {
    const whole = stopwatch();
    const counts = this.#looks++ >= WARM_UP;
    this.#bare.learn(this.#batches[0]!);
    const stepping = stopwatch();
    for (const batch of this.#batches) this.#bare.learn(batch);
    if (counts) this.#stepping = sum(this.#stepping, stepping());
    const predicting = stopwatch();
    if (this.#rows) this.#bare.predict(this.#rows.xs, this.#rows.count);
    if (counts) this.#predicting = sum(this.#predicting, predicting());
    this.looking = sum(this.looking, whole());
  }
}

const sum = (a: Seconds, b: Seconds): Seconds => ({
  wall: a.wall + b.wall,
  cpu: a.cpu + b.cpu,
  thread: a.thread + b.thread,
});
