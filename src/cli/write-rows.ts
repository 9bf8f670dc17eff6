/** Writes rows into a topic with a progress line: what `write` and `replay` share. */
import { createTopic, writeToKafka, type WriteOptions, type WriterItem } from '../kafka/index.ts';
import type { CliContext } from './context.ts';

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
  let written = 0;
  const tell = (): void => {
    const facts = { topic, written, seconds: Number(line.seconds.toFixed(3)) };
    output.result(facts, `Wrote ${written} messages into topic: ${topic}`);
  };
  try {
    const result = await writeToKafka(topic, max === undefined ? rows : first(rows, max), {
      ...access,
      ...(replay === undefined ? {} : { replay }),
      ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
      signal,
      log: false,
      progressEvery: 100,
      onProgress: (now) => {
        written = now.written;
        line.at(written);
      },
    });
    written = result.messages;
  } catch (error) {
    // What is there is there: an interrupted or failed write says how far it came.
    if (written > 0) tell();
    throw error;
  } finally {
    line.end();
  }
  tell();
}

async function* first<T>(items: AsyncIterable<T>, max: number): AsyncGenerator<T, void, undefined> {
  let left = max;
  if (left <= 0) return;
  for await (const item of items) {
    yield item;
    if (--left <= 0) return;
  }
}
