/** Asks a broker who is in its cluster, in Kafka's own wire protocol, which is how we know that it is ready. */
import net from 'node:net';

/** What a broker answered. */
export interface ClusterMetadata {
  readonly clusterId: string | null;
  /** The addresses at which the cluster's brokers say they can be reached, `host:port`. */
  readonly brokers: readonly string[];
  /** The topics' names, Kafka's own internal ones left out; empty unless asked for. */
  readonly topics: readonly string[];
}

/** Whom to ask, and how long to wait. */
export interface MetadataRequestOptions {
  host: string;
  port: number;
  /** Also list the topics. */
  withTopics?: boolean;
  /** Give up after this long, ms; default 2000. */
  timeoutMs?: number;
}

/**
 * Sends one Metadata request (version 2) over a new plain connection.
 *
 * @throws Error when nothing listens there, or what listens does not speak plain Kafka
 * @example
 * ```ts
 * const { brokers } = await requestMetadata({ host: '127.0.0.1', port: 9092 });
 * ```
 * @see https://kafka.apache.org/protocol.html#The_Messages_Metadata
 */
export async function requestMetadata(options: MetadataRequestOptions): Promise<ClusterMetadata> {
  const { host, port, withTopics = false, timeoutMs = 2000 } = options;
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    let received = Buffer.alloc(0);
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`${host}:${port} gave no answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.once('close', () => {
      clearTimeout(timer);
      reject(new Error(`${host}:${port} closed the connection without an answer`));
    });
    socket.once('error', fail);
    socket.once('connect', () => socket.write(encodeRequest(withTopics)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const size = received.readInt32BE(0);
      if (size < 8 || size > 64 << 20)
        return fail(new Error(`${host}:${port} does not speak Kafka's protocol`));
      if (received.length < 4 + size) return;
      try {
        resolve(decodeResponse(received.subarray(4, 4 + size)));
      } catch (error) {
        reject(new Error(`${host}:${port} does not speak Kafka's protocol`, { cause: error }));
      }
      socket.destroy();
    });
  });
}

const METADATA = 3;
const VERSION = 2;
const CORRELATION = 0x5354;
const CLIENT = 'streamtrain';

/** A null array asks for all topics, an empty one for none. */
function encodeRequest(withTopics: boolean): Buffer {
  const body = Buffer.alloc(4 + 2 + 2 + 4 + 2 + CLIENT.length + 4);
  let at = body.writeInt32BE(body.length - 4, 0);
  at = body.writeInt16BE(METADATA, at);
  at = body.writeInt16BE(VERSION, at);
  at = body.writeInt32BE(CORRELATION, at);
  at = body.writeInt16BE(CLIENT.length, at);
  at += body.write(CLIENT, at);
  body.writeInt32BE(withTopics ? -1 : 0, at);
  return body;
}

function decodeResponse(bytes: Buffer): ClusterMetadata {
  let at = 0;
  const int16 = () => bytes.readInt16BE((at += 2) - 2);
  const int32 = () => bytes.readInt32BE((at += 4) - 4);
  const bool = () => bytes.readInt8((at += 1) - 1) !== 0;
  const text = () => {
    const length = int16();
    return length < 0 ? null : bytes.toString('utf8', at, (at += length));
  };
  const list = <T>(item: () => T): T[] => Array.from({ length: Math.max(0, int32()) }, item);
  if (int32() !== CORRELATION) throw new Error('an answer to another question');
  const brokers = list(() => {
    int32(); // the broker's id
    const address = `${text()}:${int32()}`;
    text(); // its rack
    return address;
  });
  const clusterId = text();
  int32(); // the controller's id
  const topics = list(() => {
    int16(); // the topic's error code
    const name = text() ?? '';
    const isInternal = bool();
    list(() => {
      at += 2 + 4 + 4; // a partition's error code, number and leader
      list(int32); // its replicas
      list(int32); // those in sync
    });
    return { name, isInternal };
  });
  return {
    clusterId,
    brokers,
    topics: topics.filter((topic) => !topic.isInternal).map((topic) => topic.name),
  };
}
