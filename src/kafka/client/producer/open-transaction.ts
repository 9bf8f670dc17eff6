/** One open transaction: what is under way in it, and its first failure. */
import type { CommittedOffset, MemberIdentity } from '../../protocol/group-member.ts';
import type { OutgoingRecord } from '../../record.ts';
import type { BatchReceipt, ProducerTransaction } from '../client.ts';

/** How a transaction stands when it is to be committed. */
export interface UnderWay {
  /** Whether the brokers may know of it. */
  readonly isTouched: () => boolean;
  /** Resolves when nothing is on its way. */
  readonly settled: () => Promise<void>;
  /** The first failure, if there is one. */
  readonly failed: () => { readonly error: unknown } | undefined;
}

/** What a transaction asks its producer for. */
export interface TransactionActions extends Pick<ProducerTransaction, 'send' | 'sendOffsets'> {
  commit(underWay: UnderWay): Promise<void>;
  abort(underWay: UnderWay): Promise<void>;
  stateError(problem: string): Error;
}

/** A transaction from its beginning to its commit or abort. */
export class OpenTransaction implements ProducerTransaction {
  readonly #actions: TransactionActions;
  readonly #underWay = new Set<Promise<unknown>>();
  #isTouched = false;
  #failure: { readonly error: unknown } | undefined;
  #ending: Promise<void> | undefined;

  constructor(actions: TransactionActions) {
    this.#actions = actions;
  }

  async send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<BatchReceipt> {
    if (records.length > 0) return this.#do(() => this.#actions.send(topic, partition, records));
    this.#refuseOver();
    return { topic, partition, records: 0, firstOffset: -1 };
  }

  async sendOffsets(offsets: readonly CommittedOffset[], group: MemberIdentity): Promise<void> {
    if (offsets.length > 0) await this.#do(() => this.#actions.sendOffsets(offsets, group));
  }

  commit(): Promise<void> {
    return this.#end(() => this.#actions.commit(this.#state));
  }

  abort(): Promise<void> {
    return this.#end(() => this.#actions.abort(this.#state));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A fenced producer says so at its next call; what it left open is aborted already.
    if (this.#ending === undefined) await this.abort().catch(() => undefined);
    else await this.#ending.catch(() => undefined);
  }

  /** It can only be aborted from here on. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  get #state(): UnderWay {
    return {
      isTouched: () => this.#isTouched,
      settled: async () => void (await Promise.allSettled(this.#underWay)),
      failed: () => this.#failure,
    };
  }

  #refuseOver(): void {
    if (this.#ending !== undefined) throw this.#actions.stateError('this one is over');
  }

  async #do<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseOver();
    this.#isTouched = true;
    const doing = work();
    this.#underWay.add(doing);
    try {
      return await doing;
    } catch (error) {
      this.fail(error);
      throw error;
    } finally {
      this.#underWay.delete(doing);
    }
  }

  async #end(work: () => Promise<void>): Promise<void> {
    this.#refuseOver();
    this.#ending = work();
    await this.#ending;
  }
}
