/** The Kafka room's public face. */

export { entryOf, headerListOf } from './record.ts';
export type { HeaderFields, HeaderList, KafkaRecord, OutgoingHeaders, OutgoingRecord } from './record.ts';
export type { Position, RecordHeaders } from './record.ts';
export * from './errors.ts';
export * from './read-errors.ts';
export * from './transaction-errors.ts';
export { KafkaSettings, kafkaSettings } from './settings/settings.ts';
export type { ConsumerOptions, ConsumerSettings, KafkaOptions } from './settings/settings.ts';
export type { ProducerOptions, ProducerSettings } from './settings/settings.ts';
export type { SaslOptions, TlsOptions } from './settings/settings.ts';
export type { SaslSettings, TlsSettings } from './settings/security.ts';
export { knownConfigurationNames } from './settings/configuration.ts';
export type { Configuration } from './settings/configuration.ts';
export { Secret } from './settings/secret.ts';
export type * from './client/client.ts';
export type { Codec, DecodedRow, Decoder, EncodableRow } from './codec/codec.ts';
export { BadRecordError, EncodeRowError, badRecordReasons } from './codec/errors.ts';
export type { BadRecordReason, RecordPlace } from './codec/errors.ts';
export { csvCodec, type CsvCodecOptions } from './codec/csv.ts';
export { avroCodec, type AvroCodecOptions } from './codec/avro.ts';
export { jsonSchemaCodec, type JsonSchemaCodecOptions } from './codec/json-schema.ts';
export type { RegisterOptions, SchemaCodec } from './codec/framing.ts';
export { schemaRegistry, SchemaRegistry, type SchemaRegistryOptions } from './registry/registry.ts';
export type { CompatibilityLevel, NewSchema, SubjectVersion } from './registry/registry.ts';
export type { SchemaKind, SchemaText } from './registry/schemas.ts';
export { SchemaIncompatibleError, SchemaInvalidError, SchemaPendingError } from './registry/errors.ts';
export { SchemaRegistryAwayError, SchemaRegistryRefusedError } from './registry/errors.ts';
export { startSchemaRegistry } from './registry/local/server.ts';
export type { LocalRegistry, LocalRegistryOptions } from './registry/local/server.ts';
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
export { fromKafka, type PartitionDatasetOptions } from './dataset/partition-dataset.ts';
export { fromKafkaGroup, type GroupDatasetOptions, type GroupOptions } from './dataset/group-dataset.ts';
export { GroupDataset } from './dataset/group-dataset.ts';
export type { Assignment, CommitMode } from './read/group/options.ts';
export { fromKafkaBatches, type BatchStreamOptions } from './dataset/batch-dataset.ts';
export { BatchStream, MiniDataset } from './dataset/batch-dataset.ts';
export { Dataset, datasetOf } from './dataset/dataset.ts';
export type { BatchOptions, Batched, DecodeBatchOptions, NumberArray } from './dataset/batch.ts';
export type { ShuffleOptions } from './dataset/buffering-steps.ts';
export type { MapAsyncOptions } from './dataset/steps.ts';
export type { ReadStats } from './read/stats.ts';
export type { ReadOptions } from './read/read-options.ts';
export type { Moment, StartAt, StopAt } from './read/ranges.ts';
export { leaderEpochsOf, topicIdsOf, type LeaderEpochs, type TopicIds } from './protocol/position.ts';
export type { OnTopicRecreated } from './read/saved-position.ts';
export { deadLetterHeaders, deadLetters, readDeadLetters } from './dead-letters.ts';
export type { DeadLetter, DeadLetters, DeadLettersOptions } from './dead-letters.ts';
export { openKafka } from './client/open.ts';
export { clusterName } from './client/prefixed.ts';
export type { KafkaAccess } from './client/open.ts';
export type { KafkaJs } from './protocol/kafkajs-parts.ts';
export { addPartitions, createTopic, deleteRecords, deleteTopic } from './admin/topics.ts';
export { describeTopic, listTopics } from './admin/topics.ts';
export type { CreatedTopic, CreateTopicOptions, TopicDescription } from './admin/topics.ts';
export type { DeleteRecordsOptions } from './admin/topics.ts';
export { KafkaWriter } from './writer/writer.ts';
export { writeToKafka } from './writer/run.ts';
export type { WriterItem } from './writer/item.ts';
export { WriteResult, type WriteOptions, type WriteProgress, type WriterOptions } from './writer/options.ts';
export { openTransactions, type TransactionsOptions } from './writer/transactions.ts';
export type { Transaction, Transactions } from './writer/transactions.ts';
export type { MemberIdentity } from './protocol/group-member.ts';
export { rateLimited, replayed, type ReplayOptions } from './writer/pace.ts';
export { murmur2, partitionOfKey } from './writer/partitioner.ts';
export { confluentCloud } from './settings/cloud-presets.ts';
export { azureEventHubs } from './settings/event-hubs.ts';
export type { EventHubsOptions } from './settings/event-hubs.ts';
export { describeGroup, GroupDescription, waitForLag } from './admin/lag.ts';
export type { DescribeGroupOptions, PartitionLag, WaitForLagOptions } from './admin/lag.ts';
export { deleteGroup, listGroups, resetOffsets } from './admin/groups.ts';
export type { OffsetTarget, ResetOffset, ResetOffsetsOptions } from './admin/groups.ts';
