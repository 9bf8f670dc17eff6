/** The Kafka room's public face. */

export * from './record.ts';
export { headerListOf, type HeaderFields } from './record-headers.ts';
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
export { fromKafka, type PartitionDatasetOptions } from './partition-dataset.ts';
export { fromKafkaGroup, type GroupDatasetOptions, type GroupOptions } from './group-dataset.ts';
export { GroupDataset, type Assignment, type CommitMode } from './group-dataset.ts';
export { fromKafkaBatches, type BatchStreamOptions } from './batch-dataset.ts';
export { BatchStream, MiniDataset } from './batch-dataset.ts';
export { Dataset, datasetOf } from './dataset/dataset.ts';
export type { BatchOptions, DecodeBatchOptions, MapAsyncOptions, ShuffleOptions } from './dataset/options.ts';
export { type Batched, type NumberArray } from './dataset/batch.ts';
export type { ReadStats } from './dataset/stats.ts';
export type { ReadOptions } from './read-options.ts';
export type { Moment, StartAt, StopAt } from './position.ts';
export * from './dataset-errors.ts';
export { DeadLetterError, deadLetterHeaders, deadLetters, readDeadLetters } from './dead-letters.ts';
export { type DeadLetter, type DeadLetters, type DeadLettersOptions } from './dead-letters.ts';
export { openKafka } from './client-kafkajs.ts';
export type { KafkaAccess } from './client-scope.ts';
export { addPartitions, createTopic, deleteTopic, describeTopic, listTopics } from './topics.ts';
export type { CreatedTopic, CreateTopicOptions, TopicDescription } from './topics.ts';
export { KafkaWriter } from './writer.ts';
export { writeToKafka } from './writer-run.ts';
export type { WriterItem } from './writer-item.ts';
export { WriteResult, type WriteOptions, type WriteProgress, type WriterOptions } from './writer-options.ts';
export { rateLimited } from './rate-limit.ts';
export { replayed, type ReplayOptions } from './replay.ts';
export { murmur2, partitionOfKey } from './partitioner.ts';
export { azureEventHubs, confluentCloud } from './cloud-presets.ts';
export { deleteGroup, deleteRecords, listGroups, type DeleteRecordsOptions } from './admin.ts';
export { describeGroup, GroupDescription, waitForLag } from './lag.ts';
export type { DescribeGroupOptions, PartitionLag, WaitForLagOptions } from './lag.ts';
export { resetOffsets, type OffsetTarget, type ResetOffset, type ResetOffsetsOptions } from './offsets.ts';
