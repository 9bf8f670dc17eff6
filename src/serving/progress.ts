/** What a server has done so far, counted by batches as their transactions are committed. */
import type { KafkaRecord } from '../kafka/index.ts';
import type { ShadowedRows } from './guard.ts';
import type { ModelVersions } from './model-versions.ts';
import type { Served } from './predictor.ts';

/** How serving stands. */
export interface ServingProgress {
  /** Rows whose predictions were committed. */
  readonly rows: number;
  /** Records that went to the dead-letter topic. */
  readonly deadLetters: number;
  /** Committed transactions. */
  readonly transactions: number;
  /** Times that serving began again at the last committed offsets, after a transaction that failed. */
  readonly restarts: number;
  /** Times that another version took over. */
  readonly swaps: number;
  /** The version that predicts now; `null`: of no checkpoint; undefined: none is there yet. */
  readonly version: string | null | undefined;
  /** When that version was written. */
  readonly versionCreated: Date | undefined;
  /** The version that is on trial beside it (`shadow`). */
  readonly candidate: string | undefined;
  /** Records of its partitions that wait, as the last answers said; NaN while that is not known. */
  readonly lag: number;
  /** Since the start. */
  readonly rowsPerSecond: number;
  /** From a row's time to its commit, the longest of the last transaction, ms. */
  readonly latencyMs: number;
  /** Since the start. */
  readonly seconds: number;
}

/** A transaction that was committed. */
export interface CommittedBatch {
  readonly rows: number;
  readonly deadLetters: number;
  /** The times of its records, ms since 1970. */
  readonly timestamps: Float64Array;
}

/** A batch of rows that one version predicts: what its transaction holds, for those who hear of the commit. */
export class PredictedBatch {
  readonly served: Served;
  readonly shadowed: ShadowedRows[] = [];
  #times = new Float64Array(64);
  #records = 0;
  #deadLetters = 0;

  constructor(served: Served) {
    this.served = served;
  }

  /** Records were predicted, but for some that are dead letters. */
  add(records: readonly KafkaRecord[], deadLetters: number, shadowed: ShadowedRows | undefined): void {
    const needed = this.#records + records.length;
    if (needed > this.#times.length) {
      const larger = new Float64Array(Math.max(needed, 2 * this.#times.length));
      larger.set(this.#times);
      this.#times = larger;
    }
    for (let at = 0; at < records.length; at++) this.#times[this.#records + at] = records[at]!.timestamp;
    this.#records = needed;
    this.#deadLetters += deadLetters;
    if (shadowed !== undefined) this.shadowed.push(shadowed);
  }

  get committed(): CommittedBatch {
    return {
      rows: this.#records - this.#deadLetters,
      deadLetters: this.#deadLetters,
      timestamps: this.#times.subarray(0, this.#records),
    };
  }
}

/** Counts. */
export class ServingMeter {
  #rows = 0;
  #deadLetters = 0;
  #transactions = 0;
  restarts = 0;
  swaps = 0;
  #latencyMs = NaN;
  readonly #since = performance.now();
  /** Of the stream that is read just now. */
  readonly #lag: () => number;
  readonly #versions: Pick<ModelVersions, 'active' | 'candidate'>;

  constructor(versions: Pick<ModelVersions, 'active' | 'candidate'>, lag: () => number) {
    this.#versions = versions;
    this.#lag = lag;
  }

  committed({ rows, deadLetters, timestamps }: CommittedBatch): void {
    this.#rows += rows;
    this.#deadLetters += deadLetters;
    this.#transactions++;
    let oldest = Infinity;
    for (const one of timestamps) if (one < oldest) oldest = one;
    this.#latencyMs = Date.now() - oldest;
  }

  get progress(): ServingProgress {
    const seconds = (performance.now() - this.#since) / 1000;
    const { active, candidate } = this.#versions;
    return {
      rows: this.#rows,
      deadLetters: this.#deadLetters,
      transactions: this.#transactions,
      restarts: this.restarts,
      swaps: this.swaps,
      version: active?.version,
      versionCreated: active?.created,
      candidate: candidate?.version ?? undefined,
      lag: this.#lag(),
      rowsPerSecond: this.#rows / Math.max(seconds, 1e-3),
      latencyMs: this.#latencyMs,
      seconds,
    };
  }
}
