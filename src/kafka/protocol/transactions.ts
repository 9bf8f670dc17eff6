/** The requests of transactions, in their second version (KIP-890): whose they are, what is in them, their end. */
import { KafkaProtocolError } from '../errors.ts';
import type { BytesReader } from './bytes.ts';
import { newestVersion, type KafkaCall, type Versioned } from './calls.ts';
import { writeOffsets, type CommittedOffset, type MemberIdentity } from './group-member.ts';
import { kafkaError } from './kafkajs.ts';
import type { ProducerIdentity } from './produce.ts';

const INIT = { key: 22, name: 'InitProducerId', oldest: 3, newest: 5 };
/** From version 5 on the brokers find out by themselves that the group is part of the transaction. */
const COMMIT_OFFSETS = { key: 28, name: 'TxnOffsetCommit', oldest: 5, newest: 5 };

/** Errors of transactions, most of which kafkajs does not know, and whether the same request may succeed a moment later. */
const ERRORS: ReadonlyMap<number, readonly [type: string, canRetry: boolean, answer: string]> = new Map([
  [47, ['INVALID_PRODUCER_EPOCH', false, 'it knows a newer epoch of this producer']],
  [48, ['INVALID_TXN_STATE', false, 'the transaction is not in a state that allows it']],
  [
    49,
    ['INVALID_PRODUCER_ID_MAPPING', false, 'the transactional id has another producer id, or has expired'],
  ],
  [50, ['INVALID_TRANSACTION_TIMEOUT', false, "it is longer than the broker's transaction.max.timeout.ms"]],
  [51, ['CONCURRENT_TRANSACTIONS', true, 'the transaction before is still being ended']],
  [52, ['TRANSACTION_COORDINATOR_FENCED', true, 'another broker takes care of the transaction by now']],
  [53, ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', false, 'this user may not use the transactional id']],
  [90, ['PRODUCER_FENCED', false, 'another producer has taken over the transactional id']],
  [120, ['TRANSACTION_ABORTABLE', false, 'the transaction can only be aborted']],
]);

/** The error of such a code. */
function transactionError(errorCode: number): Error {
  const known = ERRORS.get(errorCode);
  if (known === undefined) return kafkaError(errorCode);
  const [type, canRetry, answer] = known;
  return new KafkaProtocolError({ what: 'The transaction', type, answer, canRetry });
}

function fine(bytes: BytesReader): void {
  const errorCode = bytes.int16();
  if (errorCode !== 0) throw transactionError(errorCode);
}

/** The newest version of a request that both sides know. */
function versionOf(broker: Versioned, api: { key: number; name: string; oldest: number; newest: number }) {
  const version = Math.min(api.newest, newestVersion(broker, api.key));
  if (version >= api.oldest) return version;
  const answer = `the broker knows ${api.name} up to version ${version}; transactions need Kafka 4.0 or later`;
  throw new KafkaProtocolError({ what: 'Kafka', type: 'UNSUPPORTED_VERSION', answer, canRetry: false });
}

/** Who writes transactions: its name for good, and its id and epoch now. */
export interface TransactionOwner extends ProducerIdentity {
  readonly transactionalId: string;
}

/**
 * InitProducerId with a transactional id: ends what an earlier owner of the id left open, and fences it. With the id and
 * epoch that the caller had, it goes on only where nobody else has taken over since.
 *
 * @param before `producerId` -1 for a new owner
 */
export function initTransactionsCall(
  broker: Versioned,
  before: TransactionOwner,
  timeoutMs: number,
): KafkaCall<ProducerIdentity> {
  return {
    ...INIT,
    version: versionOf(broker, INIT),
    flexible: true,
    throttles: true,
    write: (body) => {
      body.compactString(before.transactionalId).int32(timeoutMs);
      body.int64(before.producerId).int16(before.producerEpoch).tags();
    },
    read: (bytes) => {
      fine(bytes);
      return { producerId: bytes.bigint64(), producerEpoch: bytes.int16() };
    },
  };
}

/** TxnOffsetCommit, sent to the group's coordinator: the offsets count once the transaction is committed. */
export function commitOffsetsCall(
  broker: Versioned,
  owner: TransactionOwner,
  group: MemberIdentity,
  offsets: readonly CommittedOffset[],
): KafkaCall<object> {
  return {
    ...COMMIT_OFFSETS,
    version: versionOf(broker, COMMIT_OFFSETS),
    flexible: true,
    throttles: true,
    write: (body) => {
      body.compactString(owner.transactionalId).compactString(group.groupId);
      body.int64(owner.producerId).int16(owner.producerEpoch).int32(group.generation);
      body.compactString(group.memberId).compactString(group.groupInstanceId ?? null);
      writeOffsets(body, offsets);
      body.tags();
    },
    read: (bytes) => {
      bytes.compactList(() => {
        bytes.compactString();
        bytes.compactList(() => {
          bytes.int32();
          fine(bytes);
          bytes.tags();
        });
        bytes.tags();
      });
      return {};
    },
  };
}

/**
 * EndTxn: commits or aborts.
 *
 * @returns who writes the next transaction: each has an epoch of its own
 */
export function endTransactionCall(owner: TransactionOwner, commit: boolean): KafkaCall<ProducerIdentity> {
  return {
    key: 26,
    name: 'EndTxn',
    version: 5,
    throttles: true,
    flexible: true,
    write: (body) => {
      body.compactString(owner.transactionalId).int64(owner.producerId).int16(owner.producerEpoch);
      body.int8(commit ? 1 : 0).tags();
    },
    read: (bytes) => {
      fine(bytes);
      return { producerId: bytes.bigint64(), producerEpoch: bytes.int16() };
    },
  };
}

const DESCRIBE = { key: 65, name: 'DescribeTransactions', oldest: 0, newest: 0 };

/** How the last transaction of an id stands, by Kafka's name: `Ongoing`, `CompleteAbort`, ...; and whose it is. */
export interface TransactionStanding extends ProducerIdentity {
  readonly state: string;
}

/** DescribeTransactions of one id. */
export function describeTransactionCall(
  broker: Versioned,
  transactionalId: string,
): KafkaCall<TransactionStanding> {
  return {
    ...DESCRIBE,
    version: versionOf(broker, DESCRIBE),
    flexible: true,
    throttles: true,
    write: (body) => void body.compactList([transactionalId], (id) => body.compactString(id)).tags(),
    read: (bytes) => {
      const [found] = bytes.compactList(() => readStanding(bytes));
      return found ?? { state: 'Dead', producerId: -1n, producerEpoch: -1 };
    },
  };
}

function readStanding(bytes: BytesReader): TransactionStanding {
  const errorCode = bytes.int16();
  bytes.compactString(); // the id
  const state = bytes.compactString() ?? '';
  bytes.int32(); // its time-out
  bytes.int64(); // when it began
  const [producerId, producerEpoch] = [bytes.bigint64(), bytes.int16()];
  bytes.compactList(() => {
    bytes.compactString(); // topic
    bytes.compactList(() => bytes.int32());
    bytes.tags();
  });
  bytes.tags();
  if (errorCode === UNKNOWN_ID) return { state: 'Dead', producerId, producerEpoch };
  if (errorCode !== 0) throw transactionError(errorCode);
  return { state, producerId, producerEpoch };
}

/** The broker does not know the transactional id (any more). */
const UNKNOWN_ID = 105;

const VERSIONS_KEY = 18;
/** The first version that tells the cluster's features. */
const WITH_FEATURES = 3;
const FINALIZED_FEATURES = 2;

/** ApiVersions, for the levels of the features that the whole cluster has agreed on; `undefined` where it has none. */
export function featuresCall(broker: Versioned): KafkaCall<ReadonlyMap<string, number>> | undefined {
  if (newestVersion(broker, VERSIONS_KEY) < WITH_FEATURES) return undefined;
  return {
    key: VERSIONS_KEY,
    name: 'ApiVersions',
    version: WITH_FEATURES,
    // Its answer never has a flexible header (KIP-511), so that the request's is written here.
    write: (body) => void body.tags().compactString('streamtrain').compactString('1').tags(),
    read: (bytes) => {
      const errorCode = bytes.int16();
      if (errorCode !== 0) throw kafkaError(errorCode);
      bytes.compactList(() => {
        bytes.int16(); // key
        bytes.int16(); // oldest version
        bytes.int16(); // newest
        bytes.tags();
      });
      bytes.int32(); // throttle
      const features = new Map<string, number>();
      for (let left = bytes.uvarint(); left > 0; left--) {
        const [tag, size] = [bytes.uvarint(), bytes.uvarint()];
        if (tag === FINALIZED_FEATURES) readFeatures(bytes, features);
        else bytes.skip(size);
      }
      return features;
    },
  };
}

function readFeatures(bytes: BytesReader, features: Map<string, number>): void {
  bytes.compactList(() => {
    const name = bytes.compactString() ?? '';
    features.set(name, bytes.int16());
    bytes.int16(); // the lowest level
    bytes.tags();
  });
}
