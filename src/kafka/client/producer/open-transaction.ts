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
  abort(isTouched: boolean): Promise<void>;
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

  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<BatchReceipt> {
    return this.#do(() => this.#actions.send(topic, partition, records));
  }

  async sendOffsets(offsets: readonly CommittedOffset[], group: MemberIdentity): Promise<void> {
    if (offsets.length > 0) await this.#do(() => this.#actions.sendOffsets(offsets, group));
  }

  commit(): Promise<void> {
    return this.#end(() =>
      this.#actions.commit({
        isTouched: () => this.#isTouched,
        settled: async () => void (await Promise.allSettled(this.#underWay)),
        failed: () => this.#failure,
      }),
    );
  }

  abort(): Promise<void> {
    return this.#end(() => this.#actions.abort(this.#isTouched));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A fenced producer says so at its next call; what it left open is aborted already.
    if (this.#ending === undefined) await this.abort().catch(() => undefined);
    else await this.#ending.catch(() => undefined);
  }

  async #do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ending !== undefined) throw this.#actions.stateError('this one is over');
    this.#isTouched = true;
    const doing = work();
    this.#underWay.add(doing);
    try {
      return await doing;
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    } finally {
      this.#underWay.delete(doing);
    }
  }

  async #end(work: () => Promise<void>): Promise<void> {
    if (this.#ending !== undefined) throw this.#actions.stateError('this one is over');
    this.#ending = work();
    await this.#ending;
  }
}
