/** What the data sets need of a Kafka client to read: fetching by offset, and membership of a group. */

/** Reading; filled in by the data sets' part. */
export interface KafkaReader {
  /** Frees what reading holds. */
  close(): Promise<void>;
}
