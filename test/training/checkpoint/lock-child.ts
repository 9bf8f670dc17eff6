/**
 * A training that others try to take the checkpoints from. Arguments: one JSON object, {@link LockChild}. Prints a line for
 * each mini dataset that it has learnt, and at the end how it ended.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaRecord } from '../../../src/kafka/index.ts';
import { localCheckpoints, trainOnline, type OnlineResult } from '../../../src/training/index.ts';
import { PlainRegression, RowLedger } from '../online/helpers.ts';

/** What the child is told. */
export interface LockChild {
  readonly folder: string;
  readonly leaseMs: number;
  readonly rows: number;
  /** ms between two mini datasets, and within the epochs of each. */
  readonly pauseMs: number;
}

/** Learns rows that are in memory, ten at a time, beginning where the checkpoint stands. */
export async function trainSlowly(
  { folder, leaseMs, rows, pauseMs }: LockChild,
  onLearnt: () => void = () => {},
): Promise<OnlineResult & { readonly faults: readonly string[] }> {
  const ledger = new RowLedger();
  const records = Array.from(
    { length: rows },
    (_, offset) => ({ topic: 't', partition: 0, offset }) as KafkaRecord,
  );
  const result = await trainOnline({
    source: {
      topics: 't',
      open: (position) => ({
        async *[Symbol.asyncIterator]() {
          for (let from = position?.['t']?.['0'] ?? 0; from < rows; from += 10) {
            await sleep(pauseMs);
            const part = records.slice(from, from + 10);
            yield { records: part, end: { t: { 0: from + part.length } } };
          }
        },
      }),
    },
    model: new PlainRegression(1),
    decode: ({ offset }) => ({ xs: Float32Array.of(offset / rows), ys: offset % 2 }),
    extras: { ledger },
    checkpoint: localCheckpoints(folder, { leaseMs }),
    onLearnt: (mini) => {
      ledger.add(mini);
      onLearnt();
    },
    onRemark: () => {},
  });
  return { ...result, faults: ledger.faults({ 0: rows }) };
}

if (path.parse(process.argv[1] ?? '').name === 'lock-child') {
  const told = JSON.parse(process.argv[2]!) as LockChild;
  await trainSlowly(told, () => console.log('learnt')).then(
    ({ rows }) => console.log(`ended ${rows}`),
    (error: { code: string }) => console.log(error.code),
  );
}
