/** The transactional producer: what is sent between `begin` and `commit` counts as a whole or not at all. */
import { messageOf } from '../../../errors.ts';
import { DeliveryError, KafkaClosedError, type KafkaProtocolError } from '../../errors.ts';
import type { TopicPartition } from '../../protocol/group-member.ts';
import { keyOf } from '../../protocol/group-member.ts';
import type { ProducerIdentity } from '../../protocol/produce.ts';
import type { TransactionOwner } from '../../protocol/transactions.ts';
import type { ProducerSettings } from '../../settings/settings.ts';
import {
  ProducerFencedError,
  TransactionAbortedError,
  TransactionStateError,
  TransactionUnknownError,
} from '../../transaction-errors.ts';
import type { ProducerTransaction, TransactionalProducer } from '../client.ts';
import type { KafkaLink } from '../connections.ts';
import { kafkaTypeOf } from '../failures.ts';
import { OpenTransaction, type TransactionActions, type UnderWay } from './open-transaction.ts';
import { LinkedProducer } from './producer.ts';
import { TransactionCoordinator } from './transaction-coordinator.ts';

/** Whose transactions, and how long (ms) one may stay open before the broker aborts it. */
export interface TransactionalSettings {
  readonly transactionalId: string;
  readonly transactionTimeout: number;
}

/** Answers that another epoch is valid: of another producer, or of the coordinator that aborted what took too long. */
const FENCED = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING']);
const NEW: ProducerIdentity = { producerId: -1n, producerEpoch: -1 };

/** Transactions over one {@link KafkaLink}; made by `KafkaClient.transactional()`. */
export class LinkedTransactions implements TransactionalProducer {
  readonly #settings: TransactionalSettings;
  readonly #coordinator: TransactionCoordinator;
  readonly #producer: LinkedProducer;
  readonly #isSecond: boolean;
  #identity: ProducerIdentity;
  /** Partitions that the open transaction has been told of, in the first version. */
  readonly #added = new Map<string, Promise<void>>();
  #toAdd: TopicPartition[] = [];
  #open: OpenTransaction | undefined;
  /** Whether the epoch must be renewed before another transaction begins. */
  #isDirty = false;
  #recovering: Promise<void> | undefined;
  /** Why nothing more can be written. */
  #over: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    link: KafkaLink,
    settings: TransactionalSettings,
    producer: ProducerSettings,
    parts: { coordinator: TransactionCoordinator; isSecond: boolean; identity: ProducerIdentity },
  ) {
    this.#settings = settings;
    this.#coordinator = parts.coordinator;
    this.#isSecond = parts.isSecond;
    this.#identity = parts.identity;
    const { transactionalId } = settings;
    this.#producer = new LinkedProducer(link, producer, parts.identity, {
      transactionalId,
      isSecond: parts.isSecond,
    });
  }

  /** Takes the transactional id: whoever had it before is fenced, and what it left open is aborted. */
  static async open(
    link: KafkaLink,
    settings: TransactionalSettings,
    producer: ProducerSettings,
  ): Promise<LinkedTransactions> {
    const { transactionalId, transactionTimeout } = settings;
    const coordinator = new TransactionCoordinator(link, producer.deliveryTimeout);
    const isSecond = await coordinator.isSecond(transactionalId);
    const identity = await coordinator.init({ transactionalId, ...NEW }, transactionTimeout);
    return new LinkedTransactions(link, settings, producer, { coordinator, isSecond, identity });
  }

  get version(): 1 | 2 {
    return this.#isSecond ? 2 : 1;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  async begin(): Promise<ProducerTransaction> {
    if (this.closed) throw new KafkaClosedError({ what: 'This producer of transactions' });
    this.#mayWrite();
    if (this.#open !== undefined) throw this.#stateError('one is open; commit or abort it first');
    // Taken at once: whoever begins another one meanwhile is told.
    const open = (this.#open = new OpenTransaction(this.#actions()));
    try {
      if (this.#isDirty) await this.#recover();
      return open;
    } catch (error) {
      this.#open = undefined;
      throw error;
    }
  }

  async check(): Promise<void> {
    this.#mayWrite();
    const { transactionalId } = this.#settings;
    const before = this.#identity;
    const { producerId, producerEpoch } = await this.#coordinator.standing(transactionalId);
    const isOwn = producerId === before.producerId && producerEpoch === before.producerEpoch;
    // What has happened meanwhile says for itself.
    if (!isOwn && before === this.#identity && !this.#isDirty && this.#open === undefined)
      throw this.#taken();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#open?.[Symbol.asyncDispose]();
    await this.#producer.close();
  }

  #actions(): TransactionActions {
    return {
      send: (topic, partition, records) =>
        this.#watched(async () => {
          if (!this.#isSecond) await this.#add({ topic, partition });
          return this.#producer.send(topic, partition, records);
        }),
      sendOffsets: (offsets, group) =>
        this.#watched(() => this.#coordinator.commitOffsets(this.#owner, group, offsets, this.#isSecond)),
      commit: (underWay) => this.#commit(underWay),
      abort: (isTouched) => this.#abort(isTouched),
      stateError: (problem) => this.#stateError(problem),
    };
  }

  /** Does it, and finds out who has taken over when the epoch is refused. */
  async #watched<T>(work: () => Promise<T>): Promise<T> {
    this.#mayWrite();
    try {
      return await work();
    } catch (error) {
      const type = error instanceof DeliveryError ? error.type : kafkaTypeOf(error);
      if (FENCED.has(type ?? '')) await this.#recover();
      throw error;
    }
  }

  get #owner(): TransactionOwner {
    return { ...this.#identity, transactionalId: this.#settings.transactionalId };
  }

  #stateError(problem: string): TransactionStateError {
    return new TransactionStateError({ transactionalId: this.#settings.transactionalId, problem });
  }

  #mayWrite(): void {
    if (this.#over !== undefined) throw this.#over;
  }

  /** Waits until everything has arrived, and commits. */
  async #commit({ isTouched, settled, failed }: UnderWay): Promise<void> {
    await settled();
    await this.#producer.flush();
    const first = failed();
    if (first !== undefined) {
      await this.#abort(isTouched());
      throw this.#aborted(first.error);
    }
    this.#open = undefined;
    if (!isTouched()) return;
    try {
      this.#goOn(await this.#coordinator.end(this.#owner, true, this.#isSecond));
    } catch (error) {
      if (kafkaTypeOf(error) === undefined || (error as KafkaProtocolError).canRetry) {
        const { transactionalId } = this.#settings;
        throw (this.#over = new TransactionUnknownError({ transactionalId, cause: error }));
      }
      // Refused: by now it is aborted, or it is from here on.
      this.#isDirty = true;
      await this.#recover();
      throw this.#aborted(error);
    }
  }

  /** Aborts; where no broker answers, its time-out or the next beginning does it. */
  async #abort(isTouched: boolean): Promise<void> {
    if (this.#isSecond) this.#producer.abandon('the transaction was aborted');
    // In the first version a batch that is late could fall into the next transaction.
    else await this.#producer.flush();
    this.#open = undefined;
    if (this.#over !== undefined) return;
    if (!isTouched) return this.#producer.renew(this.#identity);
    this.#isDirty = true;
    try {
      const identity = await this.#coordinator.end(this.#owner, false, this.#isSecond);
      if (this.#isSecond) {
        this.#isDirty = false;
        this.#goOn(identity);
        return;
      }
    } catch (error) {
      const type = kafkaTypeOf(error);
      if (type === undefined || (error as KafkaProtocolError).canRetry) return;
    }
    await this.#recover();
  }

  /** The next transaction is written under this identity. */
  #goOn(identity: ProducerIdentity): void {
    this.#added.clear();
    const { producerId, producerEpoch } = identity;
    const isSame = producerId === this.#identity.producerId && producerEpoch === this.#identity.producerEpoch;
    if (isSame) return;
    this.#identity = { producerId, producerEpoch };
    this.#producer.renew(this.#identity);
  }

  /**
   * Goes on under the next epoch, unless somebody else has the id by now. The broker is asked first: an InitProducerId of one
   * that was fenced would abort what the new owner has open.
   */
  #recover(): Promise<void> {
    this.#recovering ??= this.#renewEpoch().finally(() => (this.#recovering = undefined));
    return this.#recovering;
  }

  async #renewEpoch(): Promise<void> {
    const { transactionalId } = this.#settings;
    try {
      const { state, producerId, producerEpoch } = await this.#coordinator.standing(transactionalId);
      const isOwn =
        producerId === this.#identity.producerId && producerEpoch === this.#identity.producerEpoch;
      // What is aborted may have been so because its time was over: then the broker remembers the epoch before.
      if (!isOwn && state !== 'CompleteAbort') throw this.#taken();
      if (state === 'Ongoing') await this.#coordinator.end(this.#owner, false, this.#isSecond);
      const identity = await this.#coordinator.init(this.#owner, this.#settings.transactionTimeout);
      this.#isDirty = false;
      this.#goOn(identity);
    } catch (error) {
      throw FENCED.has(kafkaTypeOf(error) ?? '') ? this.#taken(error) : error;
    }
  }

  #taken(cause?: unknown): ProducerFencedError {
    const { transactionalId } = this.#settings;
    const fenced = new ProducerFencedError({ transactionalId, cause });
    this.#over = fenced;
    return fenced;
  }

  #aborted(error: unknown): Error {
    if (this.#over instanceof ProducerFencedError) return this.#over;
    const { transactionalId } = this.#settings;
    return new TransactionAbortedError({ transactionalId, problem: messageOf(error), cause: error });
  }

  /** Tells the coordinator of a partition, once a transaction; what is asked for in the same turn travels together. */
  #add(name: TopicPartition): Promise<void> {
    const known = this.#added.get(keyOf(name));
    if (known !== undefined) return known;
    this.#toAdd.push(name);
    const adding =
      this.#toAdd.length > 1
        ? [...this.#added.values()].at(-1)!
        : Promise.resolve().then(() =>
            this.#coordinator.addPartitions(this.#owner, this.#toAdd.splice(0, this.#toAdd.length)),
          );
    this.#added.set(keyOf(name), adding);
    return adding;
  }
}
