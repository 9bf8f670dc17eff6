/** The rows that a writer could not write: given to `onError`, and thrown by the calls that follow. */

import { messageOf } from '../../errors.ts';
import { Callbacks } from '../callbacks.ts';
import { DeliveryError, WriteError } from '../errors.ts';
import type { OutgoingRecord } from '../record.ts';
import type { WriterOptions } from './options.ts';

/** Errors kept for the report; the others are counted. */
const KEPT_ERRORS = 10;

/** Failures of one writer. What `onError` throws is never lost either. */
export class Failures {
  readonly #topic: string;
  readonly #onError: WriterOptions['onError'];
  readonly #keepGoing: boolean;
  readonly #callbacks = new Callbacks();
  readonly #errors: DeliveryError[] = [];
  #unreported = 0;

  constructor(topic: string, options: Pick<WriterOptions, 'onError' | 'keepGoing'>) {
    this.#topic = topic;
    this.#onError = options.onError;
    this.#keepGoing = options.keepGoing === true;
  }

  /** These rows failed. Never throws. */
  add(error: DeliveryError): void {
    this.#unreported += error.failed.length;
    if (this.#errors.length < KEPT_ERRORS) this.#errors.push(error);
    const onError = this.#onError;
    if (onError !== undefined) this.#callbacks.call(() => onError(error));
  }

  /**
   * Whether further rows may be taken.
   *
   * @throws {DeliveryError} the first failure, unless the writer keeps going; then what `onError` threw
   */
  check(): void {
    const [first] = this.#errors;
    if (first === undefined) return;
    if (!this.#keepGoing) throw first;
    this.#callbacks.rethrow();
  }

  /** Waits for what `onError` does. */
  async settled(): Promise<void> {
    await this.#callbacks.settled();
  }

  /**
   * Reports what failed since the last report. What fails while the writer closes is thrown by closing, also when a flush
   * is under way.
   *
   * @param written rows the broker has
   * @throws {WriteError} when rows failed; else what `onError` threw
   */
  report(written: number, isClosing: boolean): void {
    const [failed, thrown] = [this.#unreported, this.#callbacks.failure];
    if (!isClosing) {
      this.#unreported = 0;
      this.#callbacks.forget();
    }
    if (failed > 0)
      throw new WriteError({
        ...{ topic: this.#topic, written, failed, errors: this.#errors },
        ...{ thrown, cause: this.#errors[0] },
      });
    if (thrown) throw thrown.error;
  }

  /** The writer is closed: what a promise of `onError` rejects with from now on becomes a warning of the process. */
  end(): void {
    this.#callbacks.end();
  }
}

/** What sending threw, as the failure of these rows. */
export function deliveryErrorOf(
  thrown: unknown,
  { topic, partition, records }: { topic: string; partition: number; records: readonly OutgoingRecord[] },
): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  const failed = { topic, partition, failed: records, type: 'CLIENT' };
  return new DeliveryError({ ...failed, problem: messageOf(thrown), cause: thrown });
}
