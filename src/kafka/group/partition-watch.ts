/** Looks for partitions that were added to the topics of a group since they were last shared out. */
import type { LogClient } from '../client/reader.ts';
import type { PartitionName } from './partition-name.ts';

/**
 * Knows how many partitions each topic had at the last join. Every member looks, not only the leader: after a restart
 * under a lasting name a leader may not know that it is one, and for the others joining again changes nothing.
 */
export class PartitionWatch {
  readonly #client: Pick<LogClient, 'partitions'>;
  readonly #maxAgeMs: number;
  readonly #counts = new Map<string, number>();
  #lookedAt = performance.now();

  constructor(client: Pick<LogClient, 'partitions'>, maxAgeMs: number) {
    this.#client = client;
    this.#maxAgeMs = maxAgeMs;
  }

  /** The partitions of these topics now; what is found later is measured against it. */
  async partitions(topics: readonly string[]): Promise<PartitionName[]> {
    const found = await this.#look(topics);
    this.#lookedAt = performance.now();
    for (const [topic, list] of found) this.#counts.set(topic, list?.length ?? 0);
    return [...found].flatMap(([topic, list]) => (list ?? []).map((partition) => ({ topic, partition })));
  }

  /** Whether a topic has got partitions since. Asks only if the last look is longer ago than the age allowed. */
  async hasChanged(): Promise<boolean> {
    if (performance.now() - this.#lookedAt < this.#maxAgeMs) return false;
    this.#lookedAt = performance.now();
    const found = await this.#look([...this.#counts.keys()]);
    let changed = false;
    for (const [topic, list] of found) {
      // A topic that is not answered for just now has not lost its partitions.
      if (list === undefined || list.length === this.#counts.get(topic)) continue;
      this.#counts.set(topic, list.length);
      changed = true;
    }
    return changed;
  }

  async #look(topics: readonly string[]): Promise<Map<string, readonly number[] | undefined>> {
    const names = [...new Set(topics)];
    const lists = await Promise.all(names.map((topic) => this.#client.partitions(topic)));
    return new Map(names.map((topic, at) => [topic, lists[at]]));
  }
}
