/** Kafka's fetch request, its answer taken apart without touching the records in it. */
import { BytesReader, BytesWriter } from './bytes.ts';
import type { FetchedPartition, FetchRequest, FetchTarget } from '../client/reader.ts';
import type { EncodedBody, WireCall } from './kafkajs.ts';

/** The partitions of an answer, and how long the broker wants us to hold back. */
export interface FetchAnswer {
  /** Kafka's error number for the whole answer, 0 if none. */
  readonly errorCode: number;
  /** ms to wait before the next request, when a quota is exceeded. kafkajs reads the field by this name. */
  readonly clientSideThrottleTime: number;
  readonly partitions: readonly FetchedPartition[];
}

/** Kafka's number for fetching. */
export const FETCH_KEY = 1;
/** The version that names topics by their ids, so that one created again is never read in the old one's place. */
const BY_ID = 13;
/** Versions by name: with the leader's epoch, and for brokers before Kafka 2.3. */
const BY_NAME = 11;
const OLDEST = 4;

/**
 * The fetch request in version 13 where every topic's id is known, else 11, or 4 for brokers before Kafka 2.3, with our
 * own reading of the answer: the records stay bytes. Format: https://kafka.apache.org/protocol.html#The_Messages_Fetch
 */
export function fetchCall(request: FetchRequest, newestVersion: number): WireCall<FetchAnswer> {
  const isById = newestVersion >= BY_ID && request.targets.every(({ topicId }) => topicId !== undefined);
  const version = isById ? BY_ID : newestVersion >= BY_NAME ? BY_NAME : OLDEST;
  return {
    request: {
      apiKey: FETCH_KEY,
      apiVersion: version,
      apiName: 'Fetch',
      encode: () => Promise.resolve(isById ? encodeById(request) : encodeByName(request, version)),
    },
    response: {
      decode: (body) =>
        Promise.resolve(isById ? readAnswerById(body, request.targets) : readFetchAnswer(body, version)),
      parse: (answer) => Promise.resolve(answer),
    },
    requestTimeout: request.maxWaitMs + 5000,
  };
}

function encodeByName(request: FetchRequest, version: number): EncodedBody {
  const body = new BytesWriter(64 + request.targets.length * 32);
  body.int32(-1).int32(request.maxWaitMs).int32(request.minBytes).int32(request.maxBytes);
  body.int8(request.readCommitted ? 1 : 0);
  if (version >= 7) body.int32(0).int32(-1); // no fetch session
  body.list([...byTopic(request, ({ topic }) => topic)], ([topic, targets]) => {
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
  return body.body();
}

function encodeById(request: FetchRequest): EncodedBody {
  const body = new BytesWriter(96 + request.targets.length * 48).tags();
  body.int32(-1).int32(request.maxWaitMs).int32(request.minBytes).int32(request.maxBytes);
  body
    .int8(request.readCommitted ? 1 : 0)
    .int32(0)
    .int32(-1); // no fetch session
  body.compactList([...byTopic(request, ({ topicId = '' }) => topicId)], ([topicId, targets]) => {
    body.uuid(topicId).compactList(targets, ({ partition, offset, leaderEpoch = -1, maxBytes }) => {
      body.int32(partition).int32(leaderEpoch).int64(BigInt(offset));
      body.int32(-1).int64(-1n).int32(maxBytes).tags(); // epoch and log start are for followers only
    });
    body.tags();
  });
  return body
    .compactList([], () => {})
    .compactString('')
    .tags()
    .body();
}

function byTopic(
  { targets }: FetchRequest,
  nameOf: (target: FetchTarget) => string,
): ReadonlyMap<string, readonly FetchTarget[]> {
  const topics = new Map<string, FetchTarget[]>();
  for (const target of targets) {
    const list = topics.get(nameOf(target));
    if (list) list.push(target);
    else topics.set(nameOf(target), [target]);
  }
  return topics;
}

/** Reads the answer of Fetch versions 4 to 11. Source: kafka.apache.org/protocol#The_Messages_Fetch */
export function readFetchAnswer(bytes: Buffer, version: number): FetchAnswer {
  const read = new BytesReader(bytes);
  const throttle = read.int32();
  const errorCode = version >= 7 ? read.int16() : 0;
  if (version >= 7) read.int32(); // session id
  const partitions = read.list(() => {
    const topic = read.string() ?? '';
    return read.list(() => readPartition(read, topic, version));
  });
  return { errorCode, clientSideThrottleTime: throttle, partitions: partitions.flat() };
}

function readPartition(read: BytesReader, topic: string, version: number): FetchedPartition {
  const [partition, errorCode] = [read.int32(), read.int16()];
  const [highWatermark, lastStableOffset] = [read.int64(), read.int64()];
  if (version >= 5) read.int64(); // log start
  const aborted = read.list(() => ({ producerId: read.int64(), firstOffset: read.int64() }));
  if (version >= 11) read.int32(); // preferred replica
  return { topic, partition, errorCode, highWatermark, lastStableOffset, aborted, batches: read.bytes() };
}

function readAnswerById(bytes: Buffer, targets: readonly FetchTarget[]): FetchAnswer {
  const names = new Map(targets.map(({ topicId, topic }) => [topicId, topic]));
  const read = new BytesReader(bytes);
  read.tags(); // of the header
  const [throttle, errorCode] = [read.int32(), read.int16()];
  read.int32(); // session id
  const partitions = read.compactList(() => {
    const topic = names.get(read.uuid());
    const list = read.compactList(() => readPartitionById(read, topic ?? ''));
    read.tags();
    return topic === undefined ? [] : list;
  });
  return { errorCode, clientSideThrottleTime: throttle, partitions: partitions.flat() };
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
