/** Messages of a live source that could not be understood: counted, and said. */
import type { SourceRemark } from './reconnect.ts';

/** Counts what is skipped; tells `onRemark`, or the log if there is none. */
export class Skipped {
  /** Messages so far. */
  count = 0;
  readonly #source: string;
  readonly #onRemark: ((remark: SourceRemark) => void) | undefined;

  /** @param source for the log, such as `Bluesky` */
  constructor(source: string, onRemark?: (remark: SourceRemark) => void) {
    this.#source = source;
    this.#onRemark = onRemark;
  }

  /** Counts one message. Without `onRemark` the 1st, 10th, 100th, ... is logged, so that a broken source is no flood. */
  add(reason: string): void {
    this.count++;
    if (this.#onRemark) this.#onRemark({ kind: 'skipped', reason, waitMs: 0 });
    else if (/^10*$/.test(String(this.count)))
      console.warn(
        `streamtrain: ${this.#source}: ${this.count} of its messages could not be understood and ` +
          `${this.count === 1 ? 'was' : 'were'} skipped; the last one: ${reason}`,
      );
  }
}
