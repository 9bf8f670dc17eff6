/** The one base class of every error streamtrain throws on purpose, so that callers can branch on `code`. */

/** A stable identifier of one kind of failure, e.g. `ST_KAFKA_PARTITION_MISMATCH`. Never reused for another. */
export type ErrorCode = `ST_${Uppercase<string>}`;

/** Extra facts a failure carries. */
export interface StreamTrainErrorOptions {
  /** The lower-level error that led here, kept for `error.cause`. */
  cause?: unknown;
}

/**
 * Base of all errors of this library. Each room (`kafka`, `data`, ...) has an `errors.ts` with one subclass for
 * each kind of failure; a subclass fixes `code`, carries the offending values as typed fields, and writes a
 * message that says what was wrong, with which value, where, and what to do.
 *
 * @example
 * ```ts
 * try {
 *   await createTopic('cancer-train', { partitions: 2 });
 * } catch (error) {
 *   if (error instanceof StreamTrainError && error.code === 'ST_KAFKA_PARTITION_MISMATCH') console.log(error.message);
 * }
 * ```
 */
export abstract class StreamTrainError extends Error {
  /** Which failure this is; see {@link ErrorCode}. */
  abstract readonly code: ErrorCode;

  /** Whether the same call may succeed later without any change by the caller (a broker restarting, say). */
  readonly canRetry: boolean = false;

  constructor(message: string, options: StreamTrainErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
  }
}

/** The text of anything that was thrown, for use inside another message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
