/** What each error code in the answer to Produce means for the batch it is about. */

/** What to do: it is there, try again, ask who leads, send in halves, tell the caller, or stop for good. */
export type ProduceFaultKind = 'done' | 'again' | 'moved' | 'out-of-order' | 'split' | 'refuse' | 'break';

/** A code's meaning; `type` is Kafka's name. */
export interface ProduceFault {
  readonly kind: ProduceFaultKind;
  readonly type: string;
  readonly message: string;
}

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
    'the record is larger than the topic takes; raise its max.message.bytes or write less',
  ],
  13: ['moved', 'NETWORK_EXCEPTION', 'the broker was disconnected'],
  17: ['refuse', 'INVALID_TOPIC_EXCEPTION', 'the topic does not take records'],
  18: [
    'split',
    'RECORD_LIST_TOO_LARGE',
    'the batch is larger than a segment of the topic; raise its segment.bytes or write less',
  ],
  19: ['again', 'NOT_ENOUGH_REPLICAS', 'too few copies are in step'],
  20: ['again', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'too few copies are in step'],
  29: ['refuse', 'TOPIC_AUTHORIZATION_FAILED', 'this user may not write to the topic'],
  31: [
    'break',
    'CLUSTER_AUTHORIZATION_FAILED',
    'this user may not write idempotently; ask for the right or set idempotent: false',
  ],
  32: ['refuse', 'INVALID_TIMESTAMP', 'the timestamp is out of the range the topic takes'],
  43: ['refuse', 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'the topic keeps an older format'],
  45: ['out-of-order', 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'the broker expects another batch of this producer'],
  46: ['done', 'DUPLICATE_SEQUENCE_NUMBER', 'the broker had it already'],
  47: ['break', 'INVALID_PRODUCER_EPOCH', 'a newer producer took the place of this one'],
  56: ['moved', 'KAFKA_STORAGE_ERROR', 'the broker cannot write to its disk'],
  59: ['break', 'UNKNOWN_PRODUCER_ID', 'the broker has forgotten this producer'],
  74: ['moved', 'FENCED_LEADER_EPOCH', 'the partition has moved'],
  75: ['moved', 'UNKNOWN_LEADER_EPOCH', 'the partition is moving'],
  76: ['refuse', 'UNSUPPORTED_COMPRESSION_TYPE', 'the broker does not know the compression'],
  87: ['refuse', 'INVALID_RECORD', 'the topic does not take such a record (a compacted topic needs keys)'],
};

/** The meaning of an error code; one that is not known is told to the caller. */
export function produceFault(errorCode: number): ProduceFault {
  const [kind, type, message] = FAULTS[errorCode] ?? [
    'refuse',
    `ERROR_${errorCode}`,
    'the broker refused the batch',
  ];
  return { kind, type, message };
}
