/** The one base class of every error streamtrain throws on purpose, so that callers can branch on `code`. */

/** A stable identifier of one kind of failure, e.g. `ST_KAFKA_PARTITION_MISMATCH`. Never reused for another. */
export type ErrorCode = `ST_${Uppercase<string>}`;

/** Extra facts a failure carries. */
export interface StreamTrainErrorOptions {
  /** The lower-level error that led here, kept for `error.cause`. */
  cause?: unknown;
}

/**
 * Base of all errors of this library. Each room (`kafka`, `data`, ...) has an `errors.ts` that declares one class for
 * each kind of failure with `failure`.
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

/** What {@link failure} makes: a class with one code, whose instances carry the facts as typed fields. */
export interface FailureClass<Code extends ErrorCode, Facts extends object, Base extends object> {
  new (...facts: FactsGiven<Facts>): Base & { readonly code: Code } & Readonly<Facts>;
  /** The code of all instances. */
  readonly code: Code;
}

/** The one argument of such a class. It may be left out where every fact may. */
type FactsGiven<Facts> =
  Partial<Facts> extends Facts
    ? [facts?: Facts & StreamTrainErrorOptions]
    : [facts: Facts & StreamTrainErrorOptions];

/** One kind of failure: its code, and the sentences that its errors say. */
export interface FailureDeclaration<Code extends ErrorCode, Facts extends object, Base extends object> {
  readonly code: Code;
  /** What was wrong, with which value, and where. Its parameter names and types the facts. */
  readonly says: (facts: Facts) => string;
  /** What to do about it; the second half of the message. */
  readonly cure: string | ((facts: Facts) => string);
  /** Whether the same call may succeed later without any change by the caller. A fact `canRetry` goes before it. */
  readonly canRetry?: boolean;
  /** An abstract class that several failures have in common, so that callers can catch them together. */
  readonly base?: abstract new (message: string, options?: StreamTrainErrorOptions) => Base;
}

/**
 * Declares one kind of failure: the base of a class whose errors carry typed facts and say one sentence, written here.
 * `docs/errors.md` is generated from these declarations: the docstring of the class is the cause.
 *
 * @returns a class to extend. Its constructor takes the facts, and a `cause` where a lower-level error led here
 * @example
 * ```ts
 * /** Something was asked of a topic that does not exist. *\/
 * export class UnknownTopicError extends failure({
 *   code: 'ST_KAFKA_UNKNOWN_TOPIC',
 *   says: ({ topic }: { topic: string }) => `Topic "${topic}" does not exist.`,
 *   cure: ({ topic }) => `Create it with createTopic('${topic}', { partitions: 1 }).`,
 * }) {}
 *
 * throw new UnknownTopicError({ topic: 'cancer-train' });
 * ```
 */
export function failure<
  Code extends ErrorCode,
  Facts extends object,
  Base extends StreamTrainError = StreamTrainError,
>(declaration: FailureDeclaration<Code, Facts, Base>): FailureClass<Code, Facts, Base> {
  const { code, says, cure, canRetry = false, base = StreamTrainError } = declaration;
  const Parent = base as abstract new (
    message: string,
    options?: StreamTrainErrorOptions,
  ) => StreamTrainError;
  class Failure extends Parent {
    static readonly code = code;
    readonly code = code;
    override readonly canRetry = canRetry;

    constructor(facts = {} as Facts & StreamTrainErrorOptions) {
      const remedy = typeof cure === 'string' ? cure : cure(facts);
      super(withSingleStops([says(facts), remedy].filter((part) => part !== '').join(' ')), facts);
      const { cause: _cause, ...fields } = facts;
      Object.assign(this, fields);
    }
  }
  return Failure as unknown as FailureClass<Code, Facts, Base>;
}

/** A sentence that ends in another error's sentence has the full stops of both. Three are an ellipsis, `../..` is a path. */
const withSingleStops = (text: string): string => text.replaceAll(/(?<=[^\s./\\])\.\.(?=\s|$)/g, '.');
