/** The transactional producer: what is sent between `begin` and `commit` counts as a whole or not at all. */
import { messageOf } from '../../../errors.ts';
import { DeliveryError, KafkaClosedError, type KafkaProtocolError } from '../../errors.ts';
import type { ProducerIdentity } from '../../protocol/produce.ts';
import type { TransactionOwner } from '../../protocol/transactions.ts';
import type { ProducerSettings } from '../../settings/settings.ts';
import {
  ProducerFencedError,
  TransactionAbortedError,
  TransactionStateError,
  TransactionUnknownError,
  TransactionVersionError,
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
/** How an id stands that was not used for `transactional.id.expiration.ms` (7 days), and so is not known any more. */
const FORGOTTEN = 'Dead';
/** The version of transactions (KIP-890) in which each one has an epoch of its own. */
const NEEDED_VERSION = 2;
const NEW: ProducerIdentity = { producerId: -1n, producerEpoch: -1 };

/** Transactions over one {@link KafkaLink}; made by `KafkaClient.transactional()`. */
export class LinkedTransactions implements TransactionalProducer {
  readonly #settings: TransactionalSettings;
  readonly #coordinator: TransactionCoordinator;
  readonly #producer: LinkedProducer;
  #identity: ProducerIdentity;
  /** From its beginning until its commit or abort is done. */
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
    parts: { coordinator: TransactionCoordinator; identity: ProducerIdentity },
  ) {
    this.#settings = settings;
    this.#coordinator = parts.coordinator;
    this.#identity = parts.identity;
    const { transactionalId } = settings;
    this.#producer = new LinkedProducer(link, producer, parts.identity, { transactionalId });
  }

  /** Takes the transactional id: whoever had it before is fenced, and what it left open is aborted. */
  static async open(
    link: KafkaLink,
    settings: TransactionalSettings,
    producer: ProducerSettings,
  ): Promise<LinkedTransactions> {
    const { transactionalId, transactionTimeout } = settings;
    const coordinator = new TransactionCoordinator(link, producer.deliveryTimeout);
    const found = await coordinator.version(transactionalId);
    if (found < NEEDED_VERSION) throw new TransactionVersionError({ found, needed: NEEDED_VERSION });
    const identity = await coordinator.init({ transactionalId, ...NEW }, transactionTimeout);
    return new LinkedTransactions(link, settings, producer, { coordinator, identity });
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  async begin(): Promise<ProducerTransaction> {
    if (this.closed) throw new KafkaClosedError({ what: 'This producer of transactions' });
    this.#mayWrite();
    if (this.#open !== undefined) throw this.#stateError('one is open; commit or abort it first');
    // Taken at once: another begin() meanwhile is refused.
    const open = (this.#open = new OpenTransaction(this.#actions()));
    try {
      if (this.#isDirty) await this.#recover();
      if (this.closed) throw new KafkaClosedError({ what: 'This producer of transactions' });
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
    const { state, producerId, producerEpoch } = await this.#coordinator.standing(transactionalId);
    const isOwn =
      state === FORGOTTEN || (producerId === before.producerId && producerEpoch === before.producerEpoch);
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
        this.#watched(() => this.#producer.send(topic, partition, records)),
      sendOffsets: (offsets, group) =>
        this.#watched(() => this.#coordinator.commitOffsets(this.#owner, group, offsets)),
      commit: (underWay) => this.#ending(this.#commit(underWay)),
      abort: (underWay) => this.#ending(this.#abort(underWay)),
      stateError: (problem) => this.#stateError(problem),
    };
  }

  /** Does it, and finds out who has taken over when the epoch is refused. */
  async #watched<T>(work: () => Promise<T>): Promise<T> {
    this.#mayWrite();
    const before = this.#identity;
    try {
      return await work();
    } catch (error) {
      const type = error instanceof DeliveryError ? error.type : kafkaTypeOf(error);
      if (FENCED.has(type ?? '') && before === this.#identity) {
        // Recovering aborts what is open.
        this.#open?.fail(error);
        await this.#recover();
      }
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
      await this.#abort({ isTouched, settled, failed });
      throw this.#aborted(first.error);
    }
    if (!isTouched()) return;
    try {
      this.#goOn(await this.#coordinator.end(this.#owner, true));
    } catch (error) {
      if (kafkaTypeOf(error) === undefined || (error as KafkaProtocolError).canRetry) {
        const { transactionalId } = this.#settings;
        throw (this.#over = new TransactionUnknownError({ transactionalId, cause: error }));
      }
      // Refused: by now it is aborted, or it is from here on; where no broker answers, by the next beginning.
      this.#isDirty = true;
      await this.#recover().catch(() => undefined);
      throw this.#aborted(error);
    }
  }

  /** Aborts; where no broker answers, its time-out or the next beginning does it. */
  async #abort({ isTouched, settled }: UnderWay): Promise<void> {
    if (!isTouched()) return;
    this.#producer.abandon('the transaction was aborted');
    // What comes late would be taken for the next one's.
    await settled();
    if (this.#over !== undefined) return;
    this.#isDirty = true;
    try {
      const identity = await this.#coordinator.end(this.#owner, false);
      this.#isDirty = false;
      this.#goOn(identity);
      return;
    } catch (error) {
      const type = kafkaTypeOf(error);
      if (type === undefined || (error as KafkaProtocolError).canRetry) return;
    }
    await this.#recover();
  }

  /** The next one can begin when this has come to its end, however it does. */
  async #ending(work: Promise<void>): Promise<void> {
    try {
      await work;
    } finally {
      this.#open = undefined;
    }
  }

  /** The next transaction is written under this identity. */
  #goOn(identity: ProducerIdentity): void {
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
      // What is aborted may have been so because its time was over: then the broker remembers the epoch before. One that was
      // started again since does not; but by exactly one epoch further, with nothing begun since, it was this abort and no
      // other producer, which would have an epoch of its own. Whoever takes over just now has the one after, and is let.
      // An id that the broker has forgotten is nobody's; who takes it meanwhile lets nobody of an earlier epoch in.
      if (!isOwn && state !== 'CompleteAbort' && state !== FORGOTTEN) throw this.#taken();
      if (state === 'Ongoing') await this.#coordinator.end(this.#owner, false);
      const isNext =
        producerId === this.#identity.producerId && producerEpoch === this.#identity.producerEpoch + 1;
      const owner = !isOwn && isNext ? { transactionalId, producerId, producerEpoch } : this.#owner;
      const identity = await this.#coordinator.init(owner, this.#settings.transactionTimeout);
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
}
