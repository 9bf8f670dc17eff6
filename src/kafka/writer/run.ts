/** `writeToKafka`: the whole of an iterable into a topic, from opening to the closing line. */

import { invalidOption, LONGEST_TIMER_MS, refuseUnknownOptions } from '../../options.ts';
import { rateLimited, replayed } from './pace.ts';
import { KafkaWriter } from './writer.ts';
import { Callbacks } from '../callbacks.ts';
import { showProgress } from '../../widgets/progress.ts';
import { abortable, cellSignal, unlessAborted } from '../../process/index.ts';
import { usingKafka } from '../client/open.ts';
import { KafkaSettingsError, TopicNotEmptyError } from '../errors.ts';
import type { WriterItem } from './item.ts';
import { WriteResult, writeNames, writerOptions } from './options.ts';
import type { WriteOptions } from './options.ts';

const PROGRESS_MS = 500;
/** How often it is looked how far it is, for the bar, in ms. */
const WATCH_MS = 200;

/**
 * Writes every item of an iterable into a topic, in order within each partition, each once. Memory stays flat however
 * many there are. Prints `Wrote 419 messages into topic: cancer-train` at the end.
 *
 * @param items any iterable or async iterable, e.g. an array, a generator, a stream of rows.
 * @throws {UnknownTopicError} when the topic does not exist.
 * @throws {TopicNotEmptyError} with `intoEmpty`, when the topic holds records; nothing is written.
 * @throws {InvalidItemError} at an item that cannot be written; those before it are.
 * @throws {WriteError} when the broker did not take some of them.
 * @throws {RecordTooLargeError} at a row larger than a request may be, unless `keepGoing`; those before it are written.
 * @throws the signal's reason when it is aborted, and whatever the iterable or a callback throws; items before that are
 *   written.
 *
 * @example
 * ```ts
 * await createTopic('cancer-train', { partitions: 2 });
 * await writeToKafka('cancer-train', [{ key: '0', value: '5,1,1,1,2,1,3,1,1' }]);
 * ```
 */
export async function writeToKafka(
  topic: string,
  items: Iterable<WriterItem> | AsyncIterable<WriterItem>,
  options: WriteOptions = {},
): Promise<WriteResult> {
  refuseUnknownOptions('writeToKafka', options, writeNames);
  const { signal = cellSignal(), onProgress, progressEvery = PROGRESS_MS, intoEmpty = false } = options;
  const { log = console.log } = options;
  signal?.throwIfAborted();
  if (!(progressEvery > 0))
    throw new KafkaSettingsError({
      issues: [{ path: 'progressEvery', problem: `must be above 0 ms, not ${progressEvery}` }],
    });
  // What is taken for "no" by mistake would write rows twice.
  if (typeof intoEmpty !== 'boolean') throw invalidOption('intoEmpty', intoEmpty, 'true or false');
  if (intoEmpty) await unlessAborted(refuseRecords(topic, options), signal);
  const broken = new AbortController();
  const callbacks = new Callbacks(() => broken.abort(callbacks.failure?.error));
  const stop =
    onProgress === undefined ? signal : AbortSignal.any([broken.signal, ...(signal ? [signal] : [])]);
  const source = paced(items, options, stop);
  const writer = await KafkaWriter.open(topic, writerOptions(options));
  const tick = (): void => callbacks.call(() => onProgress?.(writer.progress));
  const ticking = onProgress && setInterval(tick, Math.min(progressEvery, LONGEST_TIMER_MS));
  const total = Array.isArray(items) ? items.length : undefined;
  const shown =
    options.progress === false
      ? undefined
      : showProgress({ title: `writeToKafka, ${topic}`, unit: 'rows', total });
  const look = () => shown?.update(writer.progress.written);
  const watching = setInterval(look, WATCH_MS);
  try {
    await pour(source, writer, stop);
    await unlessAborted(writer.flush(), stop);
  } finally {
    clearInterval(ticking);
    clearInterval(watching);
    try {
      // The reason for stopping is thrown, unless rows failed: that is worse, and must not be hidden by it.
      await writer.close();
    } finally {
      tick();
      look();
      shown?.end();
    }
  }
  await callbacks.settled();
  callbacks.end();
  callbacks.rethrow();
  const result = new WriteResult(writer.progress, writer.partitions);
  if (log !== false) await (log(result.toString()) as unknown);
  return result;
}

async function refuseRecords(topic: string, options: WriteOptions): Promise<void> {
  const marks = await usingKafka(options, (client) => client.topics.watermarks(topic));
  const records = marks.reduce((sum, { low, high }) => sum + high - low, 0);
  if (records > 0) throw new TopicNotEmptyError({ topic, records });
}

function paced(
  items: Iterable<WriterItem> | AsyncIterable<WriterItem>,
  { replay, rowsPerSecond }: WriteOptions,
  signal: AbortSignal | undefined,
): Iterable<WriterItem> | AsyncIterable<WriterItem> {
  const played = replay === undefined ? items : replayed(items, replay, signal);
  return rowsPerSecond === undefined ? played : rateLimited(played, rowsPerSecond, signal);
}

async function pour(
  items: Iterable<WriterItem> | AsyncIterable<WriterItem>,
  writer: KafkaWriter,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (Symbol.iterator in items) {
    for (const item of items) {
      signal?.throwIfAborted();
      const full = writer.push(item);
      if (full === undefined) continue;
      await unlessAborted(full, signal);
    }
    return;
  }
  for await (const item of signal === undefined ? items : abortable(items, signal)) {
    const full = writer.push(item);
    if (full !== undefined) await unlessAborted(full, signal);
  }
}
