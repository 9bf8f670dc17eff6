/** The Kafka room's public face. */

export * from './record.ts';
export { headerListOf, type HeaderFields } from './record-headers.ts';
export * from './errors.ts';
export { KafkaSettings, kafkaSettings } from './settings/settings.ts';
export type * from './settings/settings.ts';
export { knownConfigurationNames } from './settings/configuration.ts';
export type { Configuration } from './settings/configuration.ts';
export { Secret } from './settings/secret.ts';
export type * from './client/client.ts';
export type { Codec, DecodedRow, Decoder, EncodableRow } from './codec/codec.ts';
export { BadRecordError, CodecOptionsError, EncodeRowError, badRecordReasons } from './codec/errors.ts';
export type { BadRecordReason, RecordPlace } from './codec/errors.ts';
export { csvCodec, type CsvCodecOptions } from './codec/csv.ts';
export { jsonCodec, type JsonCodecOptions } from './codec/json.ts';
export {
  packedCodec,
  rawCodec,
  type PackedCodecOptions,
  type RawCodecOptions,
  type RawRow,
} from './codec/raw.ts';
export {
  skipBadRecords,
  type BadRecordCounts,
  type BadRecordHandler,
  type OnBadRecord,
} from './codec/policy.ts';
export * from './codec/batches.ts';
export { fromKafka, type PartitionDatasetOptions } from './dataset/partition-dataset.ts';
export { fromKafkaGroup, type GroupDatasetOptions, type GroupOptions } from './dataset/group-dataset.ts';
export { GroupDataset, type Assignment, type CommitMode } from './dataset/group-dataset.ts';
export { fromKafkaBatches, type BatchStreamOptions } from './dataset/batch-dataset.ts';
export { BatchStream, MiniDataset } from './dataset/batch-dataset.ts';
export { Dataset, datasetOf } from './dataset/dataset.ts';
export type { BatchOptions, DecodeBatchOptions, MapAsyncOptions, ShuffleOptions } from './dataset/options.ts';
export { type Batched, type NumberArray } from './dataset/batch.ts';
export type { ReadStats } from './dataset/stats.ts';
export type { ReadOptions } from './dataset/read-options.ts';
export type { Moment, StartAt, StopAt } from './fetch/position.ts';
export { topicIdsOf, type OnTopicRecreated, type TopicIds } from './fetch/topic-ids.ts';
export * from './dataset/errors.ts';
export * from './group/errors.ts';
export { deadLetterHeaders, readDeadLetters } from './dead-letter.ts';
export type { DeadLetter } from './dead-letter.ts';
export { DeadLetterError, deadLetters } from './dead-letters.ts';
export type { DeadLetters, DeadLettersOptions } from './dead-letters.ts';
export { openKafka } from './client/kafkajs/open.ts';
export type { KafkaAccess } from './client/scope.ts';
export { addPartitions, createTopic, deleteTopic, describeTopic, listTopics } from './admin/topics.ts';
export type { CreatedTopic, CreateTopicOptions, TopicDescription } from './admin/topics.ts';
export { KafkaWriter } from './writer/writer.ts';
export { writeToKafka } from './writer/run.ts';
export type { WriterItem } from './writer/item.ts';
export { WriteResult, type WriteOptions, type WriteProgress, type WriterOptions } from './writer/options.ts';
export { rateLimited } from './writer/rate-limit.ts';
export { replayed, type ReplayOptions } from './writer/replay.ts';
export { murmur2, partitionOfKey } from './writer/partitioner.ts';
export { azureEventHubs, confluentCloud } from './settings/cloud-presets.ts';
export { deleteGroup, deleteRecords, listGroups, type DeleteRecordsOptions } from './admin/admin.ts';
export { describeGroup, GroupDescription, waitForLag } from './admin/lag.ts';
export type { DescribeGroupOptions, PartitionLag, WaitForLagOptions } from './admin/lag.ts';
export {
  resetOffsets,
  type OffsetTarget,
  type ResetOffset,
  type ResetOffsetsOptions,
} from './admin/offsets.ts';
