/** Writes rows into a topic with a progress line: what `write` and `replay` share. */
import {
  createTopic,
  rateLimited,
  replayed,
  WriteError,
  writeToKafka,
  type WriteOptions,
  type WriterItem,
} from '../kafka/index.ts';
import type { CliContext } from './context.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** What is special to one call. */
export interface WriteRowsOptions extends Pick<WriteOptions, 'replay' | 'rowsPerSecond'> {
  topic: string;
  /** Create the topic with so many partitions if it is missing. */
  partitions?: number | undefined;
  /** At most so many rows. */
  max?: number | undefined;
  compression?: string | undefined;
}

/** Writes all rows; says how many were written also when it was interrupted. */
export async function writeRows(
  { kafka, output, signal, progress }: CliContext,
  rows: AsyncIterable<WriterItem>,
  { topic, partitions, max, compression, replay, rowsPerSecond }: WriteRowsOptions,
): Promise<void> {
  const access = {
    ...kafka,
    ...(compression === undefined
      ? {}
      : { configuration: { ...kafka.configuration, 'compression.type': compression } }),
  };
  if (partitions !== undefined) await createTopic(topic, { ...access, partitions });
  const line = progress('Writing', max);
  const some = max === undefined ? rows : first(rows, max);
  const paced =
    replay !== undefined
      ? replayed(some, replay, signal)
      : rowsPerSecond !== undefined
        ? rateLimited(some, rowsPerSecond, signal)
        : some;
  try {
    const { messages } = await writeToKafka(topic, untilInterrupted(paced, signal), {
      ...access,
      log: false,
      progressEvery: 100,
      onProgress: (now) => line.at(now.written),
    });
    tell(messages);
  } catch (error) {
    // What is there is there: a write that failed says how far it came.
    if (error instanceof WriteError) tell(error.written);
    throw error;
  } finally {
    line.end();
  }
  signal.throwIfAborted();

  function tell(messages: number): void {
    const facts = { topic, written: messages, seconds: Number(line.seconds.toFixed(3)) };
    output.result(facts, `Wrote ${messages} messages into topic: ${topic}`);
  }
}

async function* first<T>(items: AsyncIterable<T>, max: number): AsyncGenerator<T, void, undefined> {
  let left = max;
  if (left <= 0) return;
  for await (const item of items) {
    yield item;
    if (--left <= 0) return;
  }
}
