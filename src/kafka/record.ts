/** One record as read from Kafka: plain data, no tensors. */

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
   * All headers; there only when `headers` cannot tell them: a name comes several times, or JavaScript would order the
   * names otherwise (those that look like numbers). `headerListOf(record)` gives the list in every case.
   */
  readonly headerList?: HeaderList;
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
