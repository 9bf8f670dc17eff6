/** Offsets by their leader: ListOffsets, and OffsetForLeaderEpoch, which shows that a log was cut back. */
import type { KafkaCall } from './calls.ts';
import { kafkaError } from './kafkajs.ts';

/** Kafka's marks for the ends of a partition, in the place of a timestamp. */
export const LATEST = -1;
export const EARLIEST = -2;

/**
 * A moment (ms since 1970, also a fraction) as ListOffsets takes it: records have whole ms, and one before 1970 would
 * be taken for a mark.
 */
export function wholeMoment(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), Number.MAX_SAFE_INTEGER);
}

/** An offset of one partition; -1 when no record is at or after the time asked for. */
interface PartitionOffset {
  readonly partition: number;
  readonly offset: number;
}

/** Partitions of one topic, and the time (ms) or {@link EARLIEST} or {@link LATEST} whose offset is wanted. */
interface OffsetsQuestion {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly timestamp: number;
  /** Whether the end is that of what is decided: everything before belongs to no open transaction. */
  readonly readCommitted: boolean;
}

/**
 * ListOffsets, asked of the leader of these partitions; an error of one fails the whole.
 * Format: https://kafka.apache.org/protocol.html#The_Messages_ListOffsets
 */
export function listOffsetsCall(question: OffsetsQuestion): KafkaCall<readonly PartitionOffset[]> {
  const { topic, partitions, timestamp, readCommitted } = question;
  return {
    key: 2,
    name: 'ListOffsets',
    version: 2,
    throttles: true,
    write: (body) => {
      body.int32(-1).int8(readCommitted ? 1 : 0);
      body.list([topic], () => {
        body.string(topic).list(partitions, (partition) => body.int32(partition).int64(BigInt(timestamp)));
      });
    },
    read: (bytes) =>
      bytes
        .list(() => {
          bytes.string(); // topic
          return bytes.list(() => {
            const [partition, errorCode] = [bytes.int32(), bytes.int16()];
            if (errorCode !== 0) throw kafkaError(errorCode);
            bytes.int64(); // the record's time
            return { partition, offset: bytes.int64() };
          });
        })
        .flat(),
  };
}

/** Kafka's number for asking where an epoch ends. */
export const EPOCH_KEY = 23;
/** The version that consumers use. */
export const EPOCH_VERSION = 3;

/** What is asked. */
interface EpochQuestion {
  readonly topic: string;
  readonly partition: number;
  /** The epoch of the leader that is asked. */
  readonly leaderEpoch: number;
  /** The epoch whose end is wanted. */
  readonly epoch: number;
}

/**
 * Asks a partition's leader where the records of `epoch`, or of the last one before it that holds records, end: -1 when it knows
 * of neither; `undefined` when the answer leaves the partition out.
 * Format: https://kafka.apache.org/protocol.html#The_Messages_OffsetForLeaderEpoch
 */
export function epochCall({
  topic,
  partition,
  leaderEpoch,
  epoch,
}: EpochQuestion): KafkaCall<number | undefined> {
  return {
    key: EPOCH_KEY,
    name: 'OffsetForLeaderEpoch',
    version: EPOCH_VERSION,
    throttles: true,
    write: (body) => {
      body.int32(-1).list([topic], () => {
        body.string(topic).list([partition], () => body.int32(partition).int32(leaderEpoch).int32(epoch));
      });
    },
    read: (bytes) => {
      const [answer] = bytes
        .list(() => {
          bytes.string(); // topic
          return bytes.list(() => {
            const errorCode = bytes.int16();
            if (errorCode !== 0) throw kafkaError(errorCode);
            bytes.int32(); // partition
            bytes.int32(); // the epoch found
            return bytes.int64();
          });
        })
        .flat();
      return answer;
    },
  };
}
