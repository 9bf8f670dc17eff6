/** Kafka's fetch request, its answer taken apart without touching the records in it. */
import { BytesWriter } from '../client/bytes.ts';
import type { AbortedTransaction, FetchedPartition, FetchRequest, FetchTarget } from '../client/reader.ts';
import type { EncodedBody, WireCall } from '../client/kafkajs/internals.ts';
import { readInt64 } from './record-batch.ts';

/** The partitions of an answer, and how long the broker wants us to hold back. */
export interface FetchAnswer {
  /** Kafka's error number for the whole answer, 0 if none. */
  readonly errorCode: number;
  /** ms to wait before the next request, when a quota is exceeded. kafkajs reads the field by this name. */
  readonly clientSideThrottleTime: number;
  readonly partitions: readonly FetchedPartition[];
}

/**
 * The fetch request in version 11, or 4 for brokers before Kafka 2.3, with our own reading of the answer: the records
 * stay bytes. Format: https://kafka.apache.org/protocol.html#The_Messages_Fetch
 */
export function fetchCall(request: FetchRequest, newestVersion: number): WireCall<FetchAnswer> {
  const version = newestVersion >= 11 ? 11 : 4;
  return {
    request: {
      apiKey: FETCH_KEY,
      apiVersion: version,
      apiName: 'Fetch',
      encode: () => Promise.resolve(encode(request, version)),
    },
    response: {
      decode: (body) => Promise.resolve(readFetchAnswer(body, version)),
      parse: (answer) => Promise.resolve(answer),
    },
    requestTimeout: request.maxWaitMs + 5000,
  };
}

/** Kafka's number for fetching. */
export const FETCH_KEY = 1;

function encode(request: FetchRequest, version: number): EncodedBody {
  const topics = new Map<string, FetchTarget[]>();
  for (const target of request.targets) {
    const list = topics.get(target.topic);
    if (list) list.push(target);
    else topics.set(target.topic, [target]);
  }
  const body = new BytesWriter(64 + request.targets.length * 32);
  body.int32(-1).int32(request.maxWaitMs).int32(request.minBytes).int32(request.maxBytes);
  body.int8(request.readCommitted ? 1 : 0);
  if (version >= 7) body.int32(0).int32(-1); // no fetch session
  body.list([...topics], ([topic, targets]) => {
    body.string(topic).list(targets, ({ partition, offset, maxBytes }) => {
      body.int32(partition);
      if (version >= 9) body.int32(-1); // leader epoch, unknown
      body.int64(BigInt(offset));
      if (version >= 5) body.int64(-1n); // log start, for followers only
      body.int32(maxBytes);
    });
  });
  if (version >= 7) body.int32(0); // no forgotten topics
  if (version >= 11) body.string(''); // rack
  return body.body();
}

/** Reads the answer of Fetch versions 4 to 11. Source: kafka.apache.org/protocol#The_Messages_Fetch */
export function readFetchAnswer(bytes: Buffer, version: number): FetchAnswer {
  const read = new WireReader(bytes);
  const throttle = read.int32();
  const errorCode = version >= 7 ? read.int16() : 0;
  if (version >= 7) read.int32(); // session id
  const partitions: FetchedPartition[] = [];
  for (let topics = read.int32(); topics > 0; topics--) {
    const topic = read.string();
    for (let count = read.int32(); count > 0; count--) partitions.push(readPartition(read, topic, version));
  }
  return { errorCode, clientSideThrottleTime: throttle, partitions };
}

function readPartition(read: WireReader, topic: string, version: number): FetchedPartition {
  const partition = read.int32();
  const errorCode = read.int16();
  const highWatermark = read.int64();
  const lastStableOffset = read.int64();
  if (version >= 5) read.int64(); // log start
  const aborted: AbortedTransaction[] = [];
  for (let count = read.int32(); count > 0; count--) {
    aborted.push({ producerId: read.int64(), firstOffset: read.int64() });
  }
  if (version >= 11) read.int32(); // preferred replica
  return { topic, partition, errorCode, highWatermark, lastStableOffset, aborted, batches: read.bytes() };
}

/** Kafka's plain (not "flexible") encoding, read in order. */
class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): number {
    this.#at += 8;
    return readInt64(this.#bytes, this.#at - 8);
  }

  string(): string {
    const length = this.int16();
    this.#at += Math.max(0, length);
    return this.#bytes.toString('utf8', this.#at - Math.max(0, length), this.#at);
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
