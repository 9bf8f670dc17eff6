/** What happens to a record that cannot be decoded: thrown, skipped with a count, or handed to somebody. */
import { Callbacks } from '../callbacks.ts';
import { BadRecordError, type BadRecordReason } from './errors.ts';
import type { KafkaRecord } from '../record.ts';
import { whenReady } from '../registry/errors.ts';

/** How many records were refused for each reason; reasons that did not occur are not there. */
export type BadRecordCounts = Readonly<Partial<Record<BadRecordReason, number>>>;

/** Takes refused records. `deadLetters(topic)` makes one; so does {@link skipBadRecords}. */
export interface BadRecordHandler {
  /** What it was given so far, by reason. */
  readonly counts: BadRecordCounts;
  /** Takes one refused record. May throw, which ends the reading. */
  handle(record: KafkaRecord, error: BadRecordError): void;
  /** Resolves when every record handled so far is safe; nothing behind them is handed over or committed before. */
  settle(): Promise<void>;
  /** Called at the end of a pass: settles and gives connections back; it may be used again afterwards. */
  close?(): Promise<void>;
}

/** `'throw'`: reading ends with a `BadRecordError`; `'skip'`: left out and counted; or a handler. */
export type OnBadRecord = 'throw' | 'skip' | BadRecordHandler;

/** Counts by reason that grow. */
export class BadRecordTally {
  readonly counts: Partial<Record<BadRecordReason, number>> = {};
  total = 0;

  add(reason: BadRecordReason): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    this.total++;
  }
}

/**
 * A handler that leaves bad records out and counts them; keep it to read its `counts`.
 *
 * @example
 * ```ts
 * const skipped = skipBadRecords();
 * const batches = fromKafka('cancer-train').decodeBatch(csvCodec({ columns: 9, label: 'last' }), 32, { onBad: skipped });
 * for await (const { xs, ys } of batches) console.log(xs.shape, ys.shape);
 * console.log(skipped.counts); // { 'column-count': 3 }
 * ```
 */
export function skipBadRecords(): BadRecordHandler {
  const tally = new BadRecordTally();
  return {
    counts: tally.counts,
    handle: (_record, error) => tally.add(error.reason),
    settle: async () => {},
  };
}

/** The handler that `onBad` stands for. */
export function badRecordHandler(onBad: OnBadRecord = 'throw'): BadRecordHandler {
  if (onBad === 'skip') return skipBadRecords();
  if (onBad !== 'throw') return watched(onBad);
  return {
    counts: {},
    handle: (_record, error) => {
      throw error;
    },
    settle: async () => {},
  };
}

/** The same handler; what a promise of its `handle` rejects with, its `settle` or `close` throws. */
function watched(handler: BadRecordHandler): BadRecordHandler {
  const callbacks = new Callbacks();
  return {
    get counts() {
      return handler.counts;
    },
    handle: (record, error) => callbacks.add(handler.handle(record, error)),
    async settle() {
      await callbacks.settled(Infinity);
      callbacks.rethrow();
      await handler.settle();
    },
    ...(handler.close && {
      async close() {
        await callbacks.settled(Infinity);
        await handler.close?.();
        callbacks.rethrow();
      },
    }),
  };
}

/**
 * Runs `decode`, again when a schema is there that it had to wait for (the signal ends that with its reason); hands a `BadRecordError` to the handler and gives
 * false, lets every other error pass.
 */
export async function decodedOrHandled(
  record: KafkaRecord,
  decode: () => void,
  { handler, signal }: { readonly handler: BadRecordHandler; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  for (;;) {
    try {
      decode();
      return true;
    } catch (error) {
      if (!(error instanceof BadRecordError)) await whenReady(error, [signal]);
      else {
        handler.handle(record, error);
        return false;
      }
    }
  }
}
