/** Writing to logs: Produce, what its error codes mean for a batch, and the producer id (InitProducerId). */
import type { BytesReader } from './bytes.ts';
import type { KafkaCall } from './calls.ts';
import { byTopic } from './group-member.ts';
import { kafkaError } from './kafkajs.ts';

/** A sealed batch and where it goes. */
interface AddressedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** What the broker says about one batch; `errorCode` 0 means it has it. */
interface ProduceAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly firstOffset: number;
}

/** Of which transactions batches are. */
export interface Transactional {
  readonly transactionalId: string;
}

/**
 * Produce, version 7 (from Kafka 2.1 on; needed for zstd), or 12 in transactions (KIP-890), whose partitions are part of them
 * by being written to. At most one batch a partition. With `acks` 0 there is no answer: the call gives `undefined`.
 * Format: https://kafka.apache.org/protocol.html#The_Messages_Produce
 */
export function produceCall(
  batches: readonly AddressedBatch[],
  acks: -1 | 0 | 1,
  timeout: number,
  transactional?: Transactional,
): KafkaCall<readonly ProduceAnswer[] | undefined> {
  if (transactional !== undefined) return transactionalProduceCall(batches, timeout, transactional);
  return {
    key: 0,
    name: 'Produce',
    version: 7,
    isAnswered: acks !== 0,
    size: batches.reduce((sum, { bytes, topic }) => sum + bytes.length + topic.length * 3 + 16, 32),
    write: (body) => {
      body.string(null).int16(acks).int32(timeout);
      body.list(byTopic(batches), ([topic, own]) => {
        body.string(topic).list(own, ({ partition, bytes }) => body.int32(partition).bytes(bytes));
      });
    },
    read: readAnswers,
  };
}

function transactionalProduceCall(
  batches: readonly AddressedBatch[],
  timeout: number,
  { transactionalId }: Transactional,
): KafkaCall<readonly ProduceAnswer[]> {
  return {
    key: 0,
    name: 'Produce',
    version: 12,
    flexible: true,
    size: batches.reduce((sum, { bytes, topic }) => sum + bytes.length + topic.length * 3 + 20, 64),
    write: (body) => {
      body.compactString(transactionalId).int16(-1).int32(timeout);
      body.compactList(byTopic(batches), ([topic, own]) => {
        body.compactString(topic).compactList(own, ({ partition, bytes }) => {
          body.int32(partition).compactBytes(bytes).tags();
        });
        body.tags();
      });
      body.tags();
    },
    read: (bytes) =>
      bytes
        .compactList(() => {
          const topic = bytes.compactString() ?? '';
          const answers = bytes.compactList(() => readTransactionalAnswer(bytes, topic));
          bytes.tags();
          return answers;
        })
        .flat(),
  };
}

function readTransactionalAnswer(bytes: BytesReader, topic: string): ProduceAnswer {
  const [partition, errorCode, firstOffset] = [bytes.int32(), bytes.int16(), bytes.int64()];
  bytes.int64(); // log append time
  bytes.int64(); // log start offset
  bytes.compactList(() => {
    bytes.int32(); // which record of the batch
    bytes.compactString(); // what is wrong with it
    bytes.tags();
  });
  bytes.compactString(); // what is wrong with the batch
  bytes.tags();
  return { topic, partition, errorCode, firstOffset };
}

function readAnswers(bytes: BytesReader): readonly ProduceAnswer[] {
  return bytes
    .list(() => {
      const topic = bytes.string() ?? '';
      return bytes.list(() => {
        const [partition, errorCode] = [bytes.int32(), bytes.int16()];
        const firstOffset = bytes.int64();
        bytes.int64(); // log append time
        bytes.int64(); // log start offset
        return { topic, partition, errorCode, firstOffset };
      });
    })
    .flat();
}

/** Who is writing; `producerId` -1 when not idempotent. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** InitProducerId, for an idempotent producer without transactions. Any broker answers it. */
export function producerIdCall(): KafkaCall<ProducerIdentity> {
  return {
    key: 22,
    name: 'InitProducerId',
    version: 1,
    throttles: true,
    write: (body) => void body.string(null).int32(60_000), // no transactional id; its time-out, unused without one
    read: (bytes) => {
      const errorCode = bytes.int16();
      if (errorCode !== 0) throw kafkaError(errorCode);
      return { producerId: bytes.bigint64(), producerEpoch: bytes.int16() };
    },
  };
}

/**
 * What to do: it is there, try again (at once nearly: `soon`), ask who leads, send in halves, find the records it is about, report it to the caller,
 * start the sequence again, or stop for good.
 */
export type ProduceFaultKind =
  | 'done'
  | 'again'
  | 'soon'
  | 'moved'
  | 'out-of-order'
  | 'split'
  | 'isolate'
  | 'refuse'
  | 'restart'
  | 'break';

/** A code's meaning; `type` is Kafka's name. */
interface ProduceFault {
  readonly kind: ProduceFaultKind;
  readonly type: string;
  readonly message: string;
  /** Whether the log may hold the batch nevertheless. */
  readonly mayBeThere: boolean;
}

/** Said before anything is written; after the others the leader, or one before it, may have the batch. */
const BEFORE_WRITING = new Set([2, 14, 15, 16, 19, 45, 51]);

/** Codes and names: https://kafka.apache.org/protocol.html#protocol_error_codes */
const FAULTS: Readonly<Record<number, readonly [ProduceFaultKind, string, string]>> = {
  0: ['done', 'NONE', 'written'],
  2: ['again', 'CORRUPT_MESSAGE', 'the checksum did not fit on arrival'],
  3: ['moved', 'UNKNOWN_TOPIC_OR_PARTITION', 'this broker does not have the partition'],
  5: ['moved', 'LEADER_NOT_AVAILABLE', 'the partition has no leader just now'],
  6: ['moved', 'NOT_LEADER_OR_FOLLOWER', 'the partition has moved'],
  7: ['again', 'REQUEST_TIMED_OUT', 'the copies did not confirm in time'],
  10: [
    'split',
    'MESSAGE_TOO_LARGE',
    'the record is larger than the topic takes; raise its max.message.bytes or write smaller rows',
  ],
  13: ['moved', 'NETWORK_EXCEPTION', 'the broker was disconnected'],
  14: ['again', 'COORDINATOR_LOAD_IN_PROGRESS', "the transaction's coordinator is starting"],
  15: ['again', 'COORDINATOR_NOT_AVAILABLE', 'the transaction has no coordinator just now'],
  16: ['again', 'NOT_COORDINATOR', "the transaction's coordinator has moved"],
  17: [
    'refuse',
    'INVALID_TOPIC_EXCEPTION',
    "the topic does not take records: it is one of Kafka's own, or its name is not allowed; write to another one",
  ],
  18: [
    'split',
    'RECORD_LIST_TOO_LARGE',
    'the record is larger than a segment of the topic; raise its segment.bytes or write smaller rows',
  ],
  19: ['again', 'NOT_ENOUGH_REPLICAS', 'too few copies are in step'],
  20: ['again', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'too few copies are in step'],
  29: [
    'refuse',
    'TOPIC_AUTHORIZATION_FAILED',
    'this user may not write to the topic; ask for the right to (WRITE)',
  ],
  31: [
    'break',
    'CLUSTER_AUTHORIZATION_FAILED',
    'this user may not write idempotently; ask for the right or set idempotent: false',
  ],
  32: [
    'isolate',
    'INVALID_TIMESTAMP',
    "the timestamp is out of the range the topic takes; see the topic's message.timestamp.before.max.ms and after.max.ms",
  ],
  43: [
    'refuse',
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
    'the topic keeps an older format; set idempotent: false and leave headers out, or use another topic',
  ],
  45: [
    'out-of-order',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'the broker expects another batch of this producer, as after a loss of data there; read the end of the partition, and write again what is missing',
  ],
  46: ['done', 'DUPLICATE_SEQUENCE_NUMBER', 'the broker had it already'],
  47: [
    'restart',
    'INVALID_PRODUCER_EPOCH',
    'the broker knows a newer epoch of this producer; whether they arrived is not known: read the end of the partition, and write again what is missing',
  ],
  48: ['refuse', 'INVALID_TXN_STATE', 'the transaction is not open at the broker'],
  49: [
    'refuse',
    'INVALID_PRODUCER_ID_MAPPING',
    'the transactional id has another producer id, or has expired',
  ],
  51: ['soon', 'CONCURRENT_TRANSACTIONS', 'the transaction before is still being ended'],
  53: [
    'refuse',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'this user may not use the transactional id; ask for the right to (WRITE)',
  ],
  56: ['moved', 'KAFKA_STORAGE_ERROR', 'the broker cannot write to its disk'],
  59: [
    'restart',
    'UNKNOWN_PRODUCER_ID',
    'the broker has forgotten this producer; whether they arrived is not known: read the end of the partition, and write again what is missing',
  ],
  74: ['moved', 'FENCED_LEADER_EPOCH', 'the partition has moved'],
  75: ['moved', 'UNKNOWN_LEADER_EPOCH', 'the partition is moving'],
  76: [
    'refuse',
    'UNSUPPORTED_COMPRESSION_TYPE',
    "the broker does not know the compression; use compression: 'gzip' or 'none'",
  ],
  87: [
    'isolate',
    'INVALID_RECORD',
    'the topic does not take such a record; one that is compacted needs keys',
  ],
  90: ['refuse', 'PRODUCER_FENCED', 'another producer has taken over the transactional id'],
  120: ['refuse', 'TRANSACTION_ABORTABLE', 'the transaction can only be aborted'],
};

/** The meaning of an error code; one that is not known is reported to the caller. */
export function produceFault(errorCode: number): ProduceFault {
  const [kind, type, message] = FAULTS[errorCode] ?? [
    'refuse',
    `ERROR_${errorCode}`,
    'the broker refused the batch; look the number up at https://kafka.apache.org/protocol#protocol_error_codes',
  ];
  return { kind, type, message, mayBeThere: !BEFORE_WRITING.has(errorCode) };
}
