/** The transactions of a server, one after the other: what is predicted goes into the open one at once. */
import type { Transaction, Transactions, WriterItem } from '../kafka/index.ts';
import type { BatchEnd } from './batches.ts';

/**
 * Sends records into a transaction that is open from the first of them on. While the one before is still being committed, they
 * are held back. Calls come one after the other.
 */
export class Outbox {
  readonly #producer: Transactions;
  readonly #onFailed: () => void;
  #open: Transaction | undefined;
  #committing: Promise<void> = Promise.resolve();
  /** The one before is not through; also when it has failed, and nothing can follow. */
  #isBusy = false;
  #held: (readonly [topic: string, items: readonly WriterItem[]])[] = [];

  /** @param onFailed called when a commit has failed: all that comes after it fails as well */
  constructor(producer: Transactions, onFailed: () => void) {
    this.#producer = producer;
    this.#onFailed = onFailed;
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
    const transaction = await this.#begun();
    this.#sendHeld(transaction);
    this.#open = undefined;
    this.#isBusy = true;
    void transaction.sendOffsets(end, member).catch(() => {});
    this.#committing = transaction
      .commit()
      .then(onCommitted)
      .then(() => void (this.#isBusy = false));
    this.#committing.catch(this.#onFailed);
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
