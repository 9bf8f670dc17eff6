/** The decoding step of a data set: records in, mini-batches of typed arrays out. */
import type { Codec } from './codec.ts';
import { BatchBuilder, type DecodeBatchesOptions, type DecodedBatch } from './codec-batches.ts';
import type { MaybePromise, Puller } from './dataset/pull.ts';
import type { KafkaRecord } from './record.ts';

/**
 * Fills a mini-batch from the step above, taking no more records than it needs, so the data set's position is that
 * of the batch. Bad records go where `onBad` says, and are safe before the batch that follows them is handed over.
 */
export function decodedInBatches(
  above: Puller<KafkaRecord>,
  codec: Codec,
  options: DecodeBatchesOptions,
): Puller<DecodedBatch> {
  const builder = new BatchBuilder(codec, options.size, options.onBad);
  let ended = false;

  /** Pulls until the batch is full or the records end; false when there is nothing to hand over. */
  function fill(): MaybePromise<boolean> {
    while (builder.rows < options.size) {
      if (builder.crowded) return builder.settle().then(fill);
      const got = above.pull(options.size - builder.rows);
      if (got instanceof Promise) return got.then((records) => (add(records) ? fill() : atEnd()));
      if (!add(got)) return atEnd();
    }
    return true;
  }

  function add(records: readonly KafkaRecord[] | undefined): boolean {
    if (records === undefined) return false;
    for (const record of records) builder.add(record);
    return true;
  }

  async function atEnd(): Promise<boolean> {
    if (ended) return false;
    ended = true;
    if (builder.rows > 0 && options.dropRemainder !== true) return true;
    // Bad records behind the last good one: safe before the end is told.
    await builder.settle();
    return false;
  }

  return {
    pull: async () => {
      const ready = ended ? false : await fill();
      return ready ? [await builder.take()] : undefined;
    },
    close: async () => {
      try {
        await above.close();
      } finally {
        await builder.close();
      }
    },
  };
}
