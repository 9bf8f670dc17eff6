/** A batch of rows that one version predicts, counted until it is committed. */
import type { KafkaRecord } from '../kafka/index.ts';
import type { ShadowedRows } from './guard.ts';
import type { Served } from './served-version.ts';
import type { CommittedBatch } from './progress.ts';

/** What a transaction holds, for those who hear of its commit. */
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
