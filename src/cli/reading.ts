/** Commands that read a topic: from where to where, how a record is printed, and where they answer about themselves meanwhile. */
import { isUtf8 } from 'node:buffer';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type HeaderFields, headerListOf, type KafkaRecord } from '../kafka/index.ts';
import type { StartAt, StopAt } from '../kafka/index.ts';
import { UsageError } from './errors.ts';
import { isoTime, list, wholeNumber } from './values.ts';

/** As commander gives them. */
export interface ReadingFlags {
  retryFor?: number;
  maxRecordBytes?: number;
  onTopicRecreated?: 'error' | 'restart';
}

/** As commander gives them. */
export interface RangeFlags extends ReadingFlags {
  from?: StartAt;
  to?: StopAt;
  partition?: number[];
  max?: number;
}

/**
 * Adds the options by which every command that reads says how hard it tries, and what it accepts.
 *
 * @param retryForMs how long it tries unless it is said
 */
export function withReadingFlags(command: Command, retryForMs = 60_000): Command {
  return command
    .option(
      '--retry-for <ms>',
      `how long brokers that do not answer are tried again (default: ${retryForMs})`,
      wholeNumber(0),
    )
    .option(
      '--max-record-bytes <bytes>',
      'most that a compressed batch of records may unpack to (default: 134217728)',
      wholeNumber(1),
    )
    .addOption(
      new Option(
        '--on-topic-recreated <what>',
        'a topic that was deleted and created again: an error (default), or restart at its beginning',
      ).choices(['error', 'restart']),
    );
}

/** The options of a dataset that these flags mean. */
export function readingOptions({ retryFor, maxRecordBytes, onTopicRecreated }: ReadingFlags) {
  return {
    ...(retryFor === undefined ? {} : { retryForMs: retryFor }),
    ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }),
    ...(onTopicRecreated === undefined ? {} : { onTopicRecreated }),
  };
}

/** Adds the options to a command. */
export function withRangeFlags(command: Command): Command {
  return withReadingFlags(command)
    .option(
      '--from <where>',
      'beginning, end, an offset, -N (N before the end), or an ISO 8601 time (without a zone: UTC)',
      startAt,
    )
    .option('--to <where>', 'end (as of now), an offset, or an ISO 8601 time', stopAt)
    .option('--partition <numbers>', 'only these partitions, with commas between', partitions)
    .option('-n, --max <rows>', 'at most so many records', wholeNumber(0));
}

/** The options of `fromKafka` that the flags mean. */
export function rangeOptions(flags: RangeFlags) {
  const { from, to, partition, max } = flags;
  return {
    ...readingOptions(flags),
    ...(from === undefined ? {} : { offset: from }),
    ...(to === undefined ? {} : { stop: to }),
    ...(partition === undefined ? {} : { partition }),
    ...(max === undefined ? {} : { maxRecords: max }),
  };
}

function startAt(text: string): StartAt {
  if (text === 'beginning' || text === 'end') return text;
  if (/^-\d{1,15}$/.test(text)) return { beforeEnd: -Number(text) };
  const at = offsetOrMoment(text);
  if (at !== undefined) return at;
  throw new InvalidArgumentError(
    'It must be beginning, end, an offset, -N, or a time such as 2026-01-31T12:00Z.',
  );
}

function stopAt(text: string): StopAt {
  if (text === 'end') return text;
  const at = offsetOrMoment(text);
  if (at !== undefined) return at;
  throw new InvalidArgumentError('It must be end, an offset, or a time such as 2026-01-31T12:00Z.');
}

function offsetOrMoment(text: string): number | { timestamp: number } | undefined {
  if (/^\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
  const timestamp = isoTime(text);
  return timestamp === undefined || timestamp < 0 ? undefined : { timestamp };
}

function partitions(text: string): number[] {
  const numbers = list(text).map(wholeNumber(0));
  if (new Set(numbers).size === numbers.length) return numbers;
  throw new InvalidArgumentError('Each partition may be there once.');
}

/** A record as one line of JSON. Bytes that are no UTF-8 text become `{"base64": "..."}`. */
export function recordJson({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  ...rest
}: KafkaRecord): string {
  return JSON.stringify({
    ...{ topic, partition, offset, timestamp },
    ...{ key: bytesJson(key), value: bytesJson(value), headers: headersJson(rest) },
  });
}

/** Headers by name; the values of a name that comes several times as a list, in their order. */
export function headersJson(fields: HeaderFields): Record<string, JsonBytes | JsonBytes[]> {
  const byName = new Map<string, JsonBytes[]>();
  for (const [name, bytes] of headerListOf(fields))
    byName.set(name, [...(byName.get(name) ?? []), bytesJson(bytes)]);
  return Object.fromEntries(
    [...byName].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

type JsonBytes = string | null | { base64: string };

/** Bytes as JSON can hold them, without loss. */
export function bytesJson(bytes: Buffer | null): JsonBytes {
  if (bytes === null) return null;
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') };
}

/** A record as a line of text: the value, or key, tab and value; nothing is `null`. */
export function recordLine({ key, value }: KafkaRecord, withKey: boolean): string {
  const text = String(value);
  return withKey ? `${String(key)}\t${text}` : text;
}

/** Where a command that works for long answers about itself over HTTP. */
export interface MetricsFlags {
  metricsPort?: number;
  metricsHost?: string;
}

/** Adds them. */
export function withMetricsFlags(command: Command): Command {
  return command
    .option(
      '--metrics-port <port>',
      'answer /metrics (Prometheus), /healthz and /readyz there; 0: on a free port',
      wholeNumber(0, 65_535),
    )
    .option(
      '--metrics-host <host>',
      'with --metrics-port: where to listen (default: loopback, so that nobody else reaches it)',
    );
}

/** What the flags say; none without a port. */
export function metricsOf({
  metricsPort: port,
  metricsHost: host,
}: MetricsFlags): { port: number; host?: string } | undefined {
  if (port === undefined && host !== undefined)
    throw new UsageError({ problem: '--metrics-host goes with --metrics-port.' });
  return port === undefined ? undefined : { port, ...(host !== undefined && { host }) };
}
