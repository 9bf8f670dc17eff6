/** One record as read from Kafka: plain data, no tensors. */

/** What a record's headers hold after reading: the last value of each name, as bytes. */
export type RecordHeaders = Readonly<Record<string, Buffer>>;

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
  readonly headers: RecordHeaders;
}

/** Next offset to read, by topic and partition, as plain JSON: `{"cancer-train": {"0": 419}}`. */
export type Position = Readonly<Record<string, Readonly<Record<string, number>>>>;
