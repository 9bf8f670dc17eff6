/** What can go wrong with transactions: they were ended by others, could not be committed, or were used when over. */
import { failure, messageOf } from '../errors.ts';

/**
 * Another producer has opened transactions under the same transactional id since (or this one was away until its id
 * expired). What was not committed is aborted; nothing more can be written by this producer.
 */
export class ProducerFencedError extends failure({
  code: 'ST_KAFKA_PRODUCER_FENCED',
  says: ({ transactionalId }: { transactionalId: string }) =>
    `Another producer has taken over the transactional id "${transactionalId}"; this one can write nothing more. What it had ` +
    'not committed was aborted.',
  cure:
    'If that was not meant, give each producer an id of its own. If it was, this process has nothing left to do: end it, ' +
    'or open transactions again to take the id back.',
}) {}

/**
 * The transaction could not be committed and was aborted: none of it counts, neither records nor offsets. The next one can
 * begin at once, with the rows read again from the last committed offsets.
 */
export class TransactionAbortedError extends failure({
  code: 'ST_KAFKA_TRANSACTION_ABORTED',
  says: ({ transactionalId, problem }: { transactionalId: string; problem: string }) =>
    `The transaction of "${transactionalId}" was aborted, so nothing of it counts: ${problem.replace(/\.$/, '')}.`,
  cure: 'Do its work again in a new transaction, from the last committed offsets.',
  canRetry: true,
}) {}

/** The commit was sent, and no answer came: nobody here knows whether the transaction was committed. */
export class TransactionUnknownError extends failure({
  code: 'ST_KAFKA_TRANSACTION_UNKNOWN',
  says: ({ transactionalId, cause }: { transactionalId: string; cause: unknown }) =>
    `Whether the transaction of "${transactionalId}" was committed is not known: ${messageOf(cause).replace(/\.$/, '')}.`,
  cure:
    'Open transactions again under the same id, which settles it one way or the other; then read the committed offsets: ' +
    'they tell which.',
}) {}

/** The cluster speaks an earlier version of transactions (feature `transaction.version`) than is written here. */
export class TransactionVersionError extends failure({
  code: 'ST_KAFKA_TRANSACTION_VERSION',
  says: ({ found, needed }: { found: number; needed: number }) =>
    `Transactions need a cluster with transaction.version ${needed} (KIP-890); this one has agreed on ` +
    `${found === 0 ? 'none' : found}.`,
  cure:
    'Use Kafka 4.0 or later; where the cluster was upgraded from an earlier one, finish that with ' +
    '`kafka-features.sh upgrade --feature transaction.version=2`.',
}) {}

/** A transaction was used when it was over, or begun while another one of its producer was open. */
export class TransactionStateError extends failure({
  code: 'ST_KAFKA_TRANSACTION_STATE',
  says: ({ transactionalId, problem }: { transactionalId: string; problem: string }) =>
    `Transactions of "${transactionalId}": ${problem}.`,
  cure: 'Each is begun, filled, and then committed or aborted once, one after the other.',
}) {}
