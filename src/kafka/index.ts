/** The Kafka room's public face. */

export * from './record.ts';
export * from './errors.ts';
export { KafkaSettings, kafkaSettings } from './settings.ts';
export type * from './settings.ts';
export { knownConfigurationNames } from './configuration.ts';
export type { Configuration } from './configuration.ts';
export { Secret } from './secret.ts';
export type * from './client.ts';
export type { Codec, DecodedRow, Decoder, EncodableRow } from './codec.ts';
export { BadRecordError, CodecOptionsError, EncodeRowError, badRecordReasons } from './codec-errors.ts';
export type { BadRecordReason, RecordPlace } from './codec-errors.ts';
export { csvCodec, type CsvCodecOptions } from './codec-csv.ts';
export { jsonCodec, type JsonCodecOptions } from './codec-json.ts';
export {
  packedCodec,
  rawCodec,
  type PackedCodecOptions,
  type RawCodecOptions,
  type RawRow,
} from './codec-raw.ts';
export {
  skipBadRecords,
  type BadRecordCounts,
  type BadRecordHandler,
  type OnBadRecord,
} from './codec-policy.ts';
export * from './codec-batches.ts';
