/** The decode-and-batch step: records straight into the typed arrays of a mini-batch. */
import { tensorflow } from '../../tensorflow.ts';
import type { Codec, DecodedRow } from '../codec/codec.ts';
import { BatchBuilder } from '../codec/batches.ts';
import type { OnBadRecord } from '../codec/policy.ts';
import type { KafkaRecord } from '../record.ts';
import type { Batched } from './batch.ts';
import type { Puller } from './pull.ts';

/** What the step needs to know. */
interface DecodedBatchesOptions {
  readonly size: number;
  readonly dropRemainder: boolean;
  readonly onBad: OnBadRecord | undefined;
}

/** Gathers `size` good rows into one matrix and one column. */
export function decodedBatches(
  above: Puller<KafkaRecord>,
  codec: Codec,
  { size, dropRemainder, onBad }: DecodedBatchesOptions,
): Puller<Batched<DecodedRow>> {
  const builder = new BatchBuilder(codec, size, onBad);
  let closing: Promise<void> | undefined;

  async function take(): Promise<readonly Batched<DecodedRow>[]> {
    const { xs, ys, rows, features } = await builder.take();
    const tf = tensorflow();
    return [{ xs: tf.tensor2d(xs, [rows, features]), ys: tf.tensor2d(ys, [rows, 1]) }];
  }

  async function pull(): Promise<readonly Batched<DecodedRow>[] | undefined> {
    for (;;) {
      const got = above.pull(size - builder.rows);
      const records = got instanceof Promise ? await got : got;
      if (!records) break;
      for (const record of records) builder.add(record);
      if (builder.rows === size) return take();
      if (builder.crowded) await builder.settle();
    }
    if (builder.rows > 0 && !dropRemainder) return take();
    await builder.settle();
    return undefined;
  }

  return {
    pull,
    close: () => {
      closing ??= above.close().then(() => builder.close());
      return closing;
    },
  };
}
