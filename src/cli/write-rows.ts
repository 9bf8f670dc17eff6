/** Writes rows into a topic with a progress line: what `write` and `replay` share. */
import { Option, type Command } from 'commander';
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
import { wholeNumber } from './values.ts';
import { untilInterrupted } from './until-interrupted.ts';

/** The flags that `write` and `replay` share, as commander gives them. */
export interface WriteFlags {
  partitions?: number;
  compression?: string;
  maxRequestBytes?: number;
}

/** Adds these flags to a command. */
export function withWriteFlags(command: Command): Command {
  return command
    .option(
      '-p, --partitions <count>',
      'create the topic with so many partitions if it is missing',
      wholeNumber(1),
    )
    .addOption(
      new Option('--compression <kind>', 'how records are packed').choices([
        ...['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      ]),
    )
    .option(
      '--max-request-bytes <bytes>',
      'longest request to a broker, and so the longest row (default: 1048576)',
      wholeNumber(1),
    );
}

/** What these flags mean. */
export function writeOptions({ partitions, compression, maxRequestBytes }: WriteFlags) {
  const configuration = {
    ...(compression === undefined ? {} : { 'compression.type': compression }),
    ...(maxRequestBytes === undefined ? {} : { 'max.request.size': maxRequestBytes }),
  };
  return { partitions, configuration };
}

/** What is special to one call. */
export interface WriteRowsOptions extends Pick<WriteOptions, 'replay' | 'rowsPerSecond'> {
  topic: string;
  /** Create the topic with so many partitions if it is missing. */
  partitions?: number | undefined;
  /** At most so many rows. */
  max?: number | undefined;
  /** Settings of the producer by their librdkafka names. */
  configuration?: Readonly<Record<string, string | number>>;
}

/** Writes all rows; says how many were written also when it was interrupted. */
export async function writeRows(
  { kafka, output, signal, progress }: CliContext,
  rows: AsyncIterable<WriterItem>,
  { topic, partitions, max, configuration, replay, rowsPerSecond }: WriteRowsOptions,
): Promise<void> {
  const access = { ...kafka, configuration: { ...kafka.configuration, ...configuration } };
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
    // What is there is there: a write that failed, or a file that turned bad, says how far it came.
    if (error instanceof WriteError) tell(error.written);
    else if (line.rows > 0) tell(line.rows);
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
