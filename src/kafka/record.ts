/** Records as read from Kafka and as written to it, and their headers: plain data, no tensors. */
import { types } from 'node:util';

/** The last value of each of a record's headers, as bytes; `null` where a header has no value. */
export type RecordHeaders = Readonly<Record<string, Buffer | null>>;

/** Headers in their order; Kafka allows a name to come several times, and a value to be `null`. */
export type HeaderList = readonly (readonly [name: string, value: Buffer | null])[];

/** A record with where it stands. `offset` counts from 0 within its partition; `timestamp` is in ms since 1970. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** ms since the epoch, as the producer or the broker set it. */
  readonly timestamp: number;
  /** The key's bytes; `null` when the record has none. */
  readonly key: Buffer | null;
  /** The value's bytes; `null` for a tombstone. */
  readonly value: Buffer | null;
  /** The last value of each name, which is the one that counts by Kafka's convention. */
  readonly headers: RecordHeaders;
  /**
   * All headers; there only when `headers` cannot hold them: a name comes several times, or JavaScript would order the
   * names otherwise (those that look like numbers). `headerListOf(record)` gives the list in every case.
   */
  readonly headerList?: HeaderList;
}

/** A record while it is made. */
type Unfinished = { -readonly [Name in keyof KafkaRecord]: KafkaRecord[Name] };

/** What a record that was read is made of. */
type RecordParts = [
  topic: string,
  partition: number,
  offset: number,
  timestamp: number,
  key: Buffer | null,
  value: Buffer | null,
  headers: RecordHeaders,
];

function makeRecord(this: Unfinished, ...parts: RecordParts): void;
function makeRecord(
  this: Unfinished,
  topic: string,
  partition: number,
  offset: number,
  timestamp: number,
  key: Buffer | null,
  value: Buffer | null,
  headers: RecordHeaders,
): void {
  this.topic = topic;
  this.partition = partition;
  this.offset = offset;
  this.timestamp = timestamp;
  this.key = key;
  this.value = value;
  this.headers = headers;
}
makeRecord.prototype = Object.prototype;

/**
 * Makes a record: a plain object, in no way other than one that a literal makes. But V8 watches what becomes of a literal's objects.
 * Where those of one moment outlive two collections, as a mini dataset that is being learnt may, all later ones are put among the
 * old objects from their start. Nobody looks there until the next full collection, and each one that is dead keeps its buffers
 * until then: collections of the young took four times as long. It watches no constructor.
 */
export const PlainRecord = makeRecord as unknown as new (...parts: RecordParts) => KafkaRecord;

/** A record on its way to Kafka, bytes already. */
export interface OutgoingRecord {
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: OutgoingHeaders | undefined;
  /** ms since 1970; the time of sending if missing. */
  readonly timestamp?: number | undefined;
}

/**
 * Headers to write by name, a list of values writes the name several times; or all of them as [name, value], in order.
 * `null` is a header without a value.
 */
export type OutgoingHeaders =
  | Readonly<Record<string, string | Uint8Array | null | readonly (string | Uint8Array | null)[]>>
  | readonly (readonly [name: string, value: string | Uint8Array | null])[];

/** A moment in ms since 1970; NaN for what is neither a number nor a date, of which `Number` would make 1970. */
export function msOf(moment: unknown): number {
  return typeof moment === 'number' || types.isDate(moment) ? Number(moment) : NaN;
}

/** Next offset to read, by topic and partition, as plain JSON: `{"cancer-train": {"0": 419}}`. */
export type Position = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * The entry of a name that others chose, such as a topic's; `undefined` when there is none. A plain look-up would also
 * find what every object has: a topic may be called `constructor`.
 */
export function entryOf<Value>(
  entries: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return entries !== undefined && Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/** The two fields of a record that hold its headers. */
export interface HeaderFields {
  readonly headers: RecordHeaders;
  /** Only where a name comes several times, or names would change their order. */
  readonly headerList?: HeaderList;
}

/**
 * The fields for these headers: the last value of each name, and the list itself if that loses any, or their order.
 *
 * @example
 * ```ts run
 * const [one, two] = [Buffer.from('1'), Buffer.from('2')];
 * headerFields([['trace', one], ['trace', two]]).headers; // { trace: <Buffer 32> }
 * ```
 */
export function headerFields(list: HeaderList): HeaderFields {
  const headers = Object.fromEntries(list);
  const names = Object.keys(headers);
  const isAll = names.length === list.length && list.every(([name], i) => name === names[i]);
  return isAll ? { headers } : { headers, headerList: list };
}

/**
 * All headers of a record, in their order, each value of a repeated name in an entry of its own.
 *
 * @example
 * ```ts
 * const traces = headerListOf(record).filter(([name]) => name === 'trace');
 * ```
 */
export function headerListOf({ headers, headerList }: HeaderFields): HeaderList {
  return headerList ?? Object.entries(headers);
}

/** Every header to write as name and value; a list of values is written as so many headers. */
export function headerEntries(headers: OutgoingHeaders): readonly HeaderEntry[] {
  if (isHeaderList(headers)) return headers;
  return Object.entries(headers).flatMap(([name, value]) =>
    isList(value) ? value.map((one) => [name, one] as const) : [[name, value] as const],
  );
}

type HeaderEntry = readonly [name: string, value: string | Uint8Array | null];

/**
 * What to write of a record that was read and perhaps changed: `headers` counts, and `headerList` gives back the order
 * and the other values of the names that `headers` still holds as they were read; what was changed stands behind them.
 */
export function withRepeated(
  headers: OutgoingHeaders | undefined,
  list: HeaderList | undefined,
): OutgoingHeaders | undefined {
  if (list === undefined || headers === undefined || isHeaderList(headers)) return headers;
  const last = new Map(list);
  const isAsRead = (name: string): boolean =>
    Object.hasOwn(headers, name) && headers[name] === last.get(name);
  const changed = Object.fromEntries(Object.entries(headers).filter(([name]) => !isAsRead(name)));
  return [...list.filter(([name]) => isAsRead(name)), ...headerEntries(changed)];
}

function isList<One>(value: One | readonly One[]): value is readonly One[] {
  return Array.isArray(value);
}

function isHeaderList(headers: OutgoingHeaders): headers is readonly HeaderEntry[] {
  return Array.isArray(headers);
}
