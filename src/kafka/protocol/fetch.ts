/** Reading logs: Kafka's Fetch request, its answer taken apart without touching the records in it. */
import type { BytesReader, BytesWriter } from './bytes.ts';
import { newestVersion, type KafkaCall, type Versioned } from './calls.ts';
import { byTopic } from './group-member.ts';

/** One partition to fetch from. */
export interface FetchTarget {
  readonly topic: string;
  readonly partition: number;
  /** The first offset wanted. */
  readonly offset: number;
  /** At most so many bytes of this partition (a single larger batch still comes whole). */
  readonly maxBytes: number;
  /** The id of the topic that is meant: one of the same name that was created later is not read. */
  readonly topicId?: string | undefined;
  /** The leader's epoch as it was when the offset was last known to be right; the broker refuses an older one. */
  readonly leaderEpoch?: number | undefined;
}

/** One request for data to one broker. */
export interface FetchRequest {
  readonly targets: readonly FetchTarget[];
  /** The broker answers when so many bytes are there ... */
  readonly minBytes: number;
  /** ... or after so many ms, whichever comes first. */
  readonly maxWaitMs: number;
  /** At most so many bytes in the whole answer. */
  readonly maxBytes: number;
  readonly readCommitted: boolean;
}

/** A transaction that was aborted and reaches into the fetched data. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** What came back for one partition. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** 0, or Kafka's error number. */
  readonly errorCode: number;
  /** The end of what is replicated: the offset the next record will have. */
  readonly highWatermark: number;
  /** The end of what is decided: everything before belongs to no open transaction. */
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** The record batches, as on the wire; the last may be cut off. */
  readonly batches: Buffer;
}

/** The partitions of an answer. */
interface FetchAnswer {
  /** Kafka's error number for the whole answer, 0 if none. */
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

/** Kafka's number for fetching. */
const FETCH_KEY = 1;
/** The version that names topics by their ids, so that one created again is never read in the old one's place. */
const BY_ID = 13;
/** Versions by name: with the leader's epoch, and for brokers before Kafka 2.3. */
const BY_NAME = 11;
const OLDEST = 4;

/**
 * The fetch request in version 13 where every topic's id is known, else 11, or 4 for brokers before Kafka 2.3, with our
 * own reading of the answer: the records stay bytes. Format: https://kafka.apache.org/protocol.html#The_Messages_Fetch
 */
export function fetchCall(request: FetchRequest, broker: Versioned): KafkaCall<FetchAnswer> {
  const newest = newestVersion(broker, FETCH_KEY);
  const flexible = newest >= BY_ID && request.targets.every(({ topicId }) => topicId !== undefined);
  const version = flexible ? BY_ID : newest >= BY_NAME ? BY_NAME : OLDEST;
  return {
    key: FETCH_KEY,
    name: 'Fetch',
    version,
    flexible,
    throttles: true,
    size: 96 + request.targets.length * 48,
    write: (body) => (flexible ? writeById(body, request) : writeByName(body, request, version)),
    read: (bytes) => (flexible ? readById(bytes, request.targets) : readFetchAnswer(bytes, version)),
    timeoutMs: request.maxWaitMs + 5000,
  };
}

function writeByName(body: BytesWriter, request: FetchRequest, version: number): void {
  body.int32(-1).int32(request.maxWaitMs).int32(request.minBytes).int32(request.maxBytes);
  body.int8(request.readCommitted ? 1 : 0);
  if (version >= 7) body.int32(0).int32(-1); // no fetch session
  body.list(byTopic(request.targets), ([topic, targets]) => {
    body.string(topic).list(targets, ({ partition, offset, leaderEpoch = -1, maxBytes }) => {
      body.int32(partition);
      if (version >= 9) body.int32(leaderEpoch);
      body.int64(BigInt(offset));
      if (version >= 5) body.int64(-1n); // log start, for followers only
      body.int32(maxBytes);
    });
  });
  if (version >= 7) body.int32(0); // no forgotten topics
  if (version >= 11) body.string(''); // rack
}

function writeById(body: BytesWriter, request: FetchRequest): void {
  body.int32(-1).int32(request.maxWaitMs).int32(request.minBytes).int32(request.maxBytes);
  body
    .int8(request.readCommitted ? 1 : 0)
    .int32(0)
    .int32(-1); // no fetch session
  body.compactList(
    byTopic(request.targets, ({ topicId = '' }) => topicId),
    ([topicId, targets]) => {
      body.uuid(topicId).compactList(targets, ({ partition, offset, leaderEpoch = -1, maxBytes }) => {
        body.int32(partition).int32(leaderEpoch).int64(BigInt(offset));
        body.int32(-1).int64(-1n).int32(maxBytes).tags(); // epoch and log start are for followers only
      });
      body.tags();
    },
  );
  body
    .compactList([], () => {})
    .compactString('')
    .tags();
}

/** Reads the answer of Fetch versions 4 to 11. Source: kafka.apache.org/protocol#The_Messages_Fetch */
function readFetchAnswer(read: BytesReader, version: number): FetchAnswer {
  const errorCode = version >= 7 ? read.int16() : 0;
  if (version >= 7) read.int32(); // session id
  const partitions = read.list(() => {
    const topic = read.string() ?? '';
    return read.list(() => readPartition(read, topic, version));
  });
  return { errorCode, partitions: partitions.flat() };
}

function readPartition(read: BytesReader, topic: string, version: number): FetchedPartition {
  const [partition, errorCode] = [read.int32(), read.int16()];
  const [highWatermark, lastStableOffset] = [read.int64(), read.int64()];
  if (version >= 5) read.int64(); // log start
  const aborted = read.list(() => ({ producerId: read.int64(), firstOffset: read.int64() }));
  if (version >= 11) read.int32(); // preferred replica
  return { topic, partition, errorCode, highWatermark, lastStableOffset, aborted, batches: read.bytes() };
}

function readById(read: BytesReader, targets: readonly FetchTarget[]): FetchAnswer {
  const names = new Map(targets.map(({ topicId, topic }) => [topicId, topic]));
  const errorCode = read.int16();
  read.int32(); // session id
  const partitions = read.compactList(() => {
    const topic = names.get(read.uuid());
    const list = read.compactList(() => readPartitionById(read, topic ?? ''));
    read.tags();
    return topic === undefined ? [] : list;
  });
  return { errorCode, partitions: partitions.flat() };
}

function readPartitionById(read: BytesReader, topic: string): FetchedPartition {
  const [partition, errorCode] = [read.int32(), read.int16()];
  const [highWatermark, lastStableOffset] = [read.int64(), read.int64()];
  read.int64(); // log start
  const aborted = read.compactList(() => {
    const transaction = { producerId: read.int64(), firstOffset: read.int64() };
    read.tags();
    return transaction;
  });
  read.int32(); // preferred replica
  const batches = read.compactBytes();
  read.tags();
  return { topic, partition, errorCode, highWatermark, lastStableOffset, aborted, batches };
}
