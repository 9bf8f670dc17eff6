/** One question to one broker over a plain connection, for what the embedding must ask before any client is there. */
import net from 'node:net';
import { BytesReader, BytesWriter } from '../kafka/protocol/bytes.ts';
import { bodyOf, readAnswer, type KafkaCall } from '../kafka/protocol/calls.ts';
import { metadataCall, type ClusterMetadata } from '../kafka/protocol/metadata.ts';

/** Where to ask, and how long to wait. */
export interface WireOptions {
  host: string;
  port: number;
  /** Give up after this long, ms; default 2000. */
  timeoutMs?: number;
}

const CORRELATION = 0x5354;
const CLIENT = 'streamtrain';
/** The bytes of the correlation id, in front of an answer. */
const HEADER = 4;

/**
 * Sends one request over a new plain connection and reads its answer.
 *
 * @throws Error when nothing listens there, no answer comes in time, or what listens does not speak plain Kafka
 * @see https://kafka.apache.org/protocol.html#protocol_messages
 */
export async function exchange<Answer>(options: WireOptions, call: KafkaCall<Answer>): Promise<Answer> {
  const { host, port, timeoutMs = 2000 } = options;
  const bytes = await askOnce({ host, port, timeoutMs }, frame(call));
  try {
    if (new BytesReader(bytes).int32() === CORRELATION)
      return readAnswer(call, bytes.subarray(HEADER)).answer;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(`${host}:${port} does not speak Kafka's protocol`, { cause: error });
  }
  throw new Error(`${host}:${port} does not speak Kafka's protocol`);
}

/**
 * Asks a broker about its cluster, and about these topics (`'all'`: about every one; default: none). Creates no topic.
 *
 * @throws as {@link exchange}
 * @example
 * ```ts
 * const { brokers } = await requestMetadata({ host: '127.0.0.1', port: 9092 });
 * ```
 */
export function requestMetadata(
  options: WireOptions & { topics?: 'all' | readonly string[] },
): Promise<ClusterMetadata> {
  const { topics = [] } = options;
  return exchange(options, metadataCall(topics === 'all' ? undefined : topics, { versions: null }));
}

/** The addresses at which the cluster's brokers say they can be reached, `host:port`. */
export function addressesOf({ brokers }: ClusterMetadata): string[] {
  return brokers.map(({ host, port }) => `${host}:${port}`);
}

/** Sends bytes and waits for one whole answer: four bytes of length, then so many bytes. */
function askOnce({ host, port, timeoutMs }: Required<WireOptions>, request: Buffer): Promise<Buffer> {
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
    socket.once('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const size = received.readInt32BE(0);
      if (size < 8 || size > 64 << 20)
        return fail(new Error(`${host}:${port} does not speak Kafka's protocol`));
      if (received.length < 4 + size) return;
      resolve(received.subarray(4, 4 + size));
      socket.destroy();
    });
  });
}

function frame(call: KafkaCall<unknown>): Buffer {
  const message = new BytesWriter(256).int16(call.key).int16(call.version).int32(CORRELATION).string(CLIENT);
  return new BytesWriter(512).bytes(message.raw(bodyOf(call)).written()).written();
}
