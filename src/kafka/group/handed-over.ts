/** Keeps account of what a stream has handed over, what of it is done, and what is committed. */
import { positionOf } from '../fetch/position.ts';
import type { Position } from '../record.ts';
import { keyOf, type PartitionName } from './partition-name.ts';

interface Account extends PartitionName {
  /** The next offset to hand over. */
  handed: number;
  /** The next offset that is not yet known to be done. */
  done: number;
  committed: number | undefined;
}

/** Accounts by partition, for the whole life of a stream: they outlast a partition's being taken away. */
export class HandedOver {
  readonly #accounts = new Map<string, Account>();
  /** Those with something handed over that is not done yet. */
  #open: Account[] = [];
  /** The account noted last, which most often is the next one too. */
  #last: Account | undefined;

  /** Everything handed over, as next offsets. */
  get position(): Position {
    return positionOf([...this.#accounts.values()].map((one) => ({ ...one, position: one.handed })));
  }

  /** Everything handed over and done, as next offsets. */
  get done(): Position {
    return positionOf([...this.#accounts.values()].map((one) => ({ ...one, position: one.done })));
  }

  /** The next offset to hand over of a partition, if it was ever read. */
  of(name: PartitionName): number | undefined {
    return this.#accounts.get(keyOf(name))?.handed;
  }

  /** Reading of a partition begins at `start`. */
  start({ topic, partition, start }: PartitionName & { readonly start: number }): void {
    const committed = this.#accounts.get(keyOf({ topic, partition }))?.committed;
    this.#last = undefined;
    this.#accounts.set(keyOf({ topic, partition }), {
      topic,
      partition,
      handed: start,
      done: start,
      committed,
    });
  }

  /** All that was taken from these buffers is now with the caller. */
  note(buffers: readonly (PartitionName & { readonly position: number })[]): void {
    for (const buffer of buffers) {
      const { topic, partition, position } = buffer;
      if (this.#last?.partition !== partition || this.#last.topic !== topic) {
        this.#last = this.#accounts.get(keyOf(buffer));
      }
      if (!this.#last) continue;
      this.#last.handed = position;
      this.#open.push(this.#last);
    }
  }

  /** The caller asks for more: all it was given is done. */
  allDone(): void {
    for (const account of this.#open) account.done = account.handed;
    this.#open.length = 0;
  }

  /** What of `position` (all that was handed over, if left out) concerns `owned` and is not committed yet. */
  uncommitted(owned: readonly PartitionName[], position: Position | undefined): Position | undefined {
    const open = owned.flatMap((name) => {
      const account = this.#accounts.get(keyOf(name));
      if (!account) return [];
      const offset = position ? position[name.topic]?.[name.partition] : account.handed;
      return offset === undefined || offset === account.committed ? [] : [{ ...name, position: offset }];
    });
    return open.length === 0
      ? undefined
      : positionOf(
          open.map(({ topic, partition, position: offset }) => ({ topic, partition, position: offset })),
        );
  }

  /** The broker has taken these. */
  noteCommitted(position: Position): void {
    for (const [topic, partitions] of Object.entries(position)) {
      for (const [partition, offset] of Object.entries(partitions)) {
        const account = this.#accounts.get(keyOf({ topic, partition: Number(partition) }));
        if (!account) continue;
        account.committed = offset;
        account.done = Math.max(account.done, offset);
      }
    }
  }
}
