/** The transactions of a server, one after the other: what is predicted goes into the open one at once. */
import type { Transaction, Transactions, WriterItem } from '../kafka/index.ts';
import type { BatchEnd } from './batches.ts';

/** Who hears of commits. */
interface OutboxEvents {
  /** The brokers are asked to commit; the transaction before is through. */
  readonly onAsking: () => void;
  /** A commit has failed: all that comes after it fails as well. */
  readonly onFailed: () => void;
}

/**
 * Sends records into a transaction that is open from the first of them on. While the one before is still being committed, they
 * are held back. Calls come one after the other.
 */
export class Outbox {
  readonly #producer: Transactions;
  readonly #events: OutboxEvents;
  #open: Transaction | undefined;
  #committing: Promise<void> = Promise.resolve();
  /** The one before is not through; also when it has failed, and nothing can follow. */
  #isBusy = false;
  #held: (readonly [topic: string, items: readonly WriterItem[]])[] = [];

  constructor(producer: Transactions, events: OutboxEvents) {
    this.#producer = producer;
    this.#events = events;
  }

  /** A transaction is being committed, or one has failed. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Sends these, now or as soon as the transaction before is through. Failures are those of {@link commit}. */
  async send(topic: string, items: readonly WriterItem[]): Promise<void> {
    if (items.length > 0) this.#held.push([topic, items]);
    if (!this.#isBusy) this.#sendHeld(await this.#begun());
  }

  /**
   * Begins to commit, with these offsets, what was sent since the last time, once the transaction before is through.
   *
   * @param onCommitted awaited before the next one is committed
   * @throws what the commit before has failed with
   */
  async commit({ end, member }: BatchEnd, onCommitted: () => Promise<void>): Promise<void> {
    await this.#committing;
    this.#events.onAsking();
    const transaction = await this.#begun();
    this.#sendHeld(transaction);
    this.#open = undefined;
    this.#isBusy = true;
    void transaction.sendOffsets(end, member).catch(() => {});
    this.#committing = transaction
      .commit()
      .then(onCommitted)
      .then(() => void (this.#isBusy = false));
    this.#committing.catch(this.#events.onFailed);
  }

  /** All that was to be committed is; rejects with what a commit has failed with. */
  settled(): Promise<void> {
    return this.#committing;
  }

  async #begun(): Promise<Transaction> {
    return (this.#open ??= await this.#producer.begin());
  }

  #sendHeld(transaction: Transaction): void {
    for (const [topic, items] of this.#held) void transaction.send(topic, items).catch(() => {});
    this.#held = [];
  }
}
