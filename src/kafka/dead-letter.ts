/** A record of a dead-letter topic: the headers that say why it is there, and what they are read back as. */
import type { OutgoingHeaders } from './client/client.ts';
import { badRecordReasons, type BadRecordError, type BadRecordReason } from './codec/errors.ts';
import type { Dataset } from './dataset/dataset.ts';
import { fromKafka, type PartitionDatasetOptions } from './dataset/partition-dataset.ts';
import { headerFields, headerListOf } from './record-headers.ts';
import type { HeaderList, KafkaRecord, RecordHeaders } from './record.ts';

/** The names of the headers a dead letter carries, all text. */
export const deadLetterHeaders = {
  reason: 'dead-letter.reason',
  message: 'dead-letter.message',
  topic: 'dead-letter.topic',
  partition: 'dead-letter.partition',
  offset: 'dead-letter.offset',
  timestamp: 'dead-letter.timestamp',
} as const;

/** The record's own headers, and behind them, whatever names those have, the ones that say why it is here. */
export function headersOf(record: KafkaRecord, error: BadRecordError): OutgoingHeaders {
  return [
    ...headerListOf(record),
    [deadLetterHeaders.reason, error.reason],
    [deadLetterHeaders.message, error.detail],
    [deadLetterHeaders.topic, record.topic],
    [deadLetterHeaders.partition, String(record.partition)],
    [deadLetterHeaders.offset, String(record.offset)],
    [deadLetterHeaders.timestamp, String(record.timestamp)],
  ];
}

/** A bad record, as it was kept. */
export interface DeadLetter {
  /** `unknown` when the record was not written by {@link deadLetters}. */
  reason: BadRecordReason | 'unknown';
  /** What was wrong, in words. */
  message: string;
  /** Where the record stood; `timestamp` in ms. `topic` is `''` and numbers are -1 when unknown. */
  source: Pick<KafkaRecord, 'topic' | 'partition' | 'offset' | 'timestamp'>;
  key: Buffer | null;
  value: Buffer | null;
  /** The headers the record had itself: the last value of each name, ... */
  headers: RecordHeaders;
  /** ... and all of them where a name comes several times. */
  headerList?: HeaderList;
  /** The record in the dead-letter topic. */
  record: KafkaRecord;
}

/**
 * The bad records in a dead-letter topic, from the beginning to its end as of now unless told otherwise.
 *
 * @example
 * ```ts
 * for await (const { reason, source, value } of readDeadLetters('cancer-train.dead'))
 *   console.log(reason, source.partition, source.offset, String(value));
 * ```
 */
export function readDeadLetters(topic: string, options: PartitionDatasetOptions = {}): Dataset<DeadLetter> {
  return fromKafka(topic, options).map(deadLetterOf);
}

/** All but the last header of each of our names: an earlier one was the record's own. */
function withoutOurs(list: HeaderList): HeaderList {
  const ours = new Set(
    Object.values(deadLetterHeaders).map((name) => list.findLastIndex(([other]) => other === name)),
  );
  return list.filter((_header, at) => !ours.has(at));
}

/** Reads the headers of a record of a dead-letter topic. */
export function deadLetterOf(record: KafkaRecord): DeadLetter {
  const text = (name: keyof typeof deadLetterHeaders): string | undefined =>
    record.headers[deadLetterHeaders[name]]?.toString('utf8');
  const reason = badRecordReasons.find((known) => known === text('reason')) ?? 'unknown';
  return {
    reason,
    message: text('message') ?? '',
    source: {
      topic: text('topic') ?? '',
      partition: Number(text('partition') ?? -1),
      offset: Number(text('offset') ?? -1),
      timestamp: Number(text('timestamp') ?? -1),
    },
    key: record.key,
    value: record.value,
    ...headerFields(withoutOurs(headerListOf(record))),
    record,
  };
}
