/** Kafka's OffsetForLeaderEpoch request: where the records of one leader's time end, which tells a log cut back. */
import { BytesReader, BytesWriter } from './bytes.ts';
import type { WireCall } from './kafkajs.ts';

/** Kafka's number for asking where an epoch ends. */
export const EPOCH_KEY = 23;
/** The version that consumers use. */
const VERSION = 3;

/** What is asked. */
export interface EpochQuestion {
  readonly topic: string;
  readonly partition: number;
  /** The epoch of the leader that is asked. */
  readonly leaderEpoch: number;
  /** The epoch whose end is wanted. */
  readonly epoch: number;
}

/** What is answered; `endOffset` -1 when the broker does not know. */
export interface EpochAnswer {
  readonly errorCode: number;
  readonly endOffset: number;
}

/**
 * Asks a partition's leader where the records of `epoch`, or of the last one before it that holds records, end.
 * Format: https://kafka.apache.org/protocol.html#The_Messages_OffsetForLeaderEpoch
 */
export function epochCall({ topic, partition, leaderEpoch, epoch }: EpochQuestion): WireCall<EpochAnswer> {
  return {
    request: {
      apiKey: EPOCH_KEY,
      apiVersion: VERSION,
      apiName: 'OffsetForLeaderEpoch',
      encode: () => {
        const body = new BytesWriter(64).int32(-1);
        body.list([topic], () => {
          body.string(topic).list([partition], () => body.int32(partition).int32(leaderEpoch).int32(epoch));
        });
        return Promise.resolve(body.body());
      },
    },
    response: { decode: (body) => Promise.resolve(decode(body)), parse: (answer) => Promise.resolve(answer) },
  };
}

function decode(body: Buffer): EpochAnswer {
  const bytes = new BytesReader(body);
  bytes.int32(); // throttle time
  const [answer] = bytes
    .list(() => {
      bytes.string(); // topic
      return bytes.list(() => {
        const errorCode = bytes.int16();
        bytes.int32(); // partition
        bytes.int32(); // the epoch found
        return { errorCode, endOffset: bytes.int64() };
      });
    })
    .flat();
  return answer ?? { errorCode: -1, endOffset: -1 };
}
