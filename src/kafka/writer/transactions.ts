/** Transactions: records of any topics and offsets of a group that count as a whole or not at all. */
import { messageOf } from '../../errors.ts';
import { invalidOption, checkInteger, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import type { ProducerTransaction, TransactionalProducer } from '../client/client.ts';
import { accessNames, DEFAULT_TRANSACTION_TIMEOUT, leaseClient } from '../client/open.ts';
import type { ClientLease, KafkaAccess } from '../client/open.ts';
import type { MemberIdentity } from '../protocol/group-member.ts';
import { committedOffsets } from '../protocol/position.ts';
import type { OutgoingRecord, Position } from '../record.ts';
import type { ProducerOptions } from '../settings/settings.ts';
import {
  ProducerFencedError,
  TransactionAbortedError,
  TransactionStateError,
} from '../transaction-errors.ts';
import { recordOf, type WriterItem } from './item.ts';
import { producerNames, producerOptions } from './options.ts';
import { TopicTarget } from './topic-target.ts';

/** Options of {@link openTransactions}; those of `ProducerOptions` (compression, ...) among them. */
export interface TransactionsOptions extends KafkaAccess, Omit<ProducerOptions, 'acks' | 'idempotent'> {
  /**
   * The name under which transactions are written, the same in every life of the program. Whoever opens it last has it: the
   * one before is fenced.
   */
  transactionalId: string;
  /** A transaction that is open for longer is aborted by the broker, ms (default 60,000). */
  transactionTimeout?: number;
}

const { acks: _acks, idempotent: _idempotent, ...ownProducerNames } = producerNames;
const known: OptionNames<TransactionsOptions> = {
  ...accessNames,
  ...ownProducerNames,
  ...{ transactionalId: true, transactionTimeout: true },
};

/**
 * Takes a transactional id and gives what transactions are begun with. An earlier owner of the id, also one that was
 * suspended and does not know it yet, is fenced: its next call fails with ProducerFencedError, and what it had not committed
 * is aborted. Needs Kafka 4.0 or later with the second version of transactions (KIP-890), which new clusters have.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`); TransactionVersionError
 *   (`ST_KAFKA_TRANSACTION_VERSION`) where the cluster speaks an earlier version of transactions; KafkaProtocolError
 *   (`ST_KAFKA_PROTOCOL`) when the broker refuses the id or the time-out, and the errors of `openKafka`
 * @example
 * ```ts
 * await using producer = await openTransactions({ transactionalId: 'scorer-1' });
 * const stream = fromKafkaBatches({ topics: 'readings', groupId: 'scorer', commit: 'off' });
 * for await (const mini of stream) {
 *   await using transaction = await producer.begin();
 *   void transaction.send('scores', mini.records.map(({ key, value }) => ({ key, value })));
 *   void transaction.sendOffsets(mini.end, stream.member());
 *   await transaction.commit(); // both, or (if anything fails) neither
 * }
 * ```
 */
export async function openTransactions(options: TransactionsOptions): Promise<Transactions> {
  refuseUnknownOptions('openTransactions', options, known);
  const { transactionalId, transactionTimeout = DEFAULT_TRANSACTION_TIMEOUT } = options;
  if (typeof transactionalId !== 'string' || transactionalId === '')
    throw invalidOption('transactionalId', transactionalId, 'a name that is not empty');
  checkInteger('transactionTimeout', transactionTimeout, { least: 1, most: 2 ** 31 - 1 });
  const lease = await leaseClient(options);
  try {
    const how = { ...producerOptions(options), transactionTimeout };
    return new Transactions(transactionalId, lease, await lease.client.transactional(transactionalId, how));
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** What {@link openTransactions} gives: begins one transaction after the other. */
export class Transactions implements AsyncDisposable {
  readonly transactionalId: string;
  readonly #lease: ClientLease;
  readonly #producer: TransactionalProducer;
  readonly #topics = new Map<string, Promise<TopicTarget>>();

  constructor(transactionalId: string, lease: ClientLease, producer: TransactionalProducer) {
    this.transactionalId = transactionalId;
    this.#lease = lease;
    this.#producer = producer;
  }

  /**
   * Begins a transaction. No request is sent for it; one at a time.
   *
   * @throws ProducerFencedError (`ST_KAFKA_PRODUCER_FENCED`) when another producer has the id by now;
   *   TransactionStateError (`ST_KAFKA_TRANSACTION_STATE`) while another one is open; TransactionUnknownError
   *   (`ST_KAFKA_TRANSACTION_UNKNOWN`) after a commit of unknown fate; KafkaClosedError
   */
  async begin(): Promise<Transaction> {
    const begun = await this.#producer.begin();
    return new Transaction(this.transactionalId, begun, (topic) => this.#target(topic));
  }

  /** Aborts a transaction that is open, and frees the connection. */
  async close(): Promise<void> {
    try {
      await this.#producer.close();
    } finally {
      for (const target of this.#topics.values()) target.then((one) => one.close()).catch(() => {});
      await this.#lease.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The topic, asked about once. */
  #target(topic: string): Promise<TopicTarget> {
    let target = this.#topics.get(topic);
    if (target === undefined) {
      target = TopicTarget.find(this.#lease.client, topic);
      this.#topics.set(topic, target);
      target.then(
        (found) => found.follow(),
        () => this.#topics.delete(topic),
      );
    }
    return target;
  }
}

/**
 * One transaction. Calls of `send` and `sendOffsets` need not be awaited: `commit` waits for them, and aborts and throws
 * when one has failed. Disposing of it before it was committed aborts it.
 */
export class Transaction implements AsyncDisposable {
  readonly transactionalId: string;
  readonly #transaction: ProducerTransaction;
  readonly #target: (topic: string) => Promise<TopicTarget>;
  readonly #underWay = new Set<Promise<unknown>>();
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;

  constructor(
    transactionalId: string,
    transaction: ProducerTransaction,
    target: (topic: string) => Promise<TopicTarget>,
  ) {
    this.transactionalId = transactionalId;
    this.#transaction = transaction;
    this.#target = target;
  }

  /**
   * Sends rows to a topic; resolves when the brokers have them, which readers with `read_committed` see after the commit.
   * Rows with the same key go to the same partition, rows without one to the same of each call.
   *
   * @throws InvalidItemError (`ST_KAFKA_INVALID_ITEM`), UnknownTopicError (`ST_KAFKA_UNKNOWN_TOPIC`),
   *   UnknownPartitionError (`ST_KAFKA_UNKNOWN_PARTITION`), DeliveryError (`ST_KAFKA_DELIVERY`), ProducerFencedError
   *   (`ST_KAFKA_PRODUCER_FENCED`), TransactionStateError (`ST_KAFKA_TRANSACTION_STATE`); all but the last make the
   *   transaction one that can only be aborted
   */
  send(topic: string, items: WriterItem | readonly WriterItem[]): Promise<void> {
    return this.#noted(async () => {
      const target = await this.#target(topic);
      const list = isList(items) ? items : [items];
      await target.lookFor(list.map(({ partition }) => partition));
      const sending = [...dealt(target, list)].map(([partition, records]) =>
        this.#transaction.send(topic, partition, records),
      );
      await Promise.all(sending);
    });
  }

  /**
   * Commits next offsets of a group with this transaction.
   *
   * @param group its name; or what a stream's `member()` gives, so that the offsets of a member that the group has given up
   *   are refused
   * @throws KafkaProtocolError (`ST_KAFKA_PROTOCOL`), ProducerFencedError (`ST_KAFKA_PRODUCER_FENCED`),
   *   TransactionStateError (`ST_KAFKA_TRANSACTION_STATE`)
   */
  sendOffsets(position: Position, group: string | MemberIdentity): Promise<void> {
    const member = typeof group === 'string' ? { groupId: group, generation: -1, memberId: '' } : group;
    const offsets = committedOffsets(position, member.groupInstanceId ?? '');
    return this.#noted(() => this.#transaction.sendOffsets(offsets, member));
  }

  /**
   * Waits until all has arrived, and commits.
   *
   * @throws TransactionAbortedError (`ST_KAFKA_TRANSACTION_ABORTED`) when a call before had failed, or the broker had
   *   aborted it (its time was over): none of it counts; ProducerFencedError (`ST_KAFKA_PRODUCER_FENCED`);
   *   TransactionUnknownError (`ST_KAFKA_TRANSACTION_UNKNOWN`) when no answer came
   */
  async commit(): Promise<void> {
    this.#refuseOver();
    this.#isOver = true;
    await Promise.allSettled(this.#underWay);
    if (this.#failure === undefined) return this.#transaction.commit();
    await this.#transaction.abort();
    const { error } = this.#failure;
    if (error instanceof ProducerFencedError) throw error;
    const { transactionalId } = this;
    throw new TransactionAbortedError({ transactionalId, problem: messageOf(error), cause: error });
  }

  /**
   * Aborts: nothing of it counts. Where no broker answers, the broker's own time-out does it.
   *
   * @throws ProducerFencedError (`ST_KAFKA_PRODUCER_FENCED`)
   */
  async abort(): Promise<void> {
    this.#refuseOver();
    this.#isOver = true;
    await this.#transaction.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#transaction[Symbol.asyncDispose]();
  }

  /** Does it now; a failure is the commit's as well, so that nobody has to wait for this promise. */
  #noted(work: () => Promise<void>): Promise<void> {
    this.#refuseOver();
    const doing = work();
    this.#underWay.add(doing);
    doing.then(
      () => this.#underWay.delete(doing),
      (error: unknown) => {
        this.#underWay.delete(doing);
        this.#failure ??= { error };
      },
    );
    return doing;
  }

  #refuseOver(): void {
    const { transactionalId } = this;
    if (this.#isOver) throw new TransactionStateError({ transactionalId, problem: 'this one is over' });
  }
}

function isList(items: WriterItem | readonly WriterItem[]): items is readonly WriterItem[] {
  return Array.isArray(items);
}

/** The records for each partition, in the order they came. */
function dealt(target: TopicTarget, items: readonly WriterItem[]): ReadonlyMap<number, OutgoingRecord[]> {
  const parts = new Map<number, OutgoingRecord[]>();
  for (let index = 0; index < items.length; index++) {
    const item = items[index]!;
    const record = recordOf(item, index);
    const partition = target.partitionOf(item.partition, record.key);
    const own = parts.get(partition);
    if (own === undefined) parts.set(partition, [record]);
    else own.push(record);
  }
  for (const partition of parts.keys()) target.batchEnds(partition);
  return parts;
}
