/** Remembers which broker leads which partition, for a producer. */

import { UNKNOWN_TOPIC, knownTopics } from '../known-topics.ts';
import type { KafkaLink } from '../connections.ts';

/** How long a topic may be unknown before it counts as gone; a new one needs a moment to be known everywhere. */
const PATIENCE = 3_000;

/** Leaders of the topics asked about, until forgotten. */
export class LeaderMap {
  readonly #link: KafkaLink;
  readonly #leaders = new Map<string, ReadonlyMap<number, number>>();
  readonly #asking = new Map<string, Promise<'found' | 'missing'>>();
  readonly #missingSince = new Map<string, number>();

  constructor(link: KafkaLink) {
    this.#link = link;
  }

  /** The broker's number, or `undefined` when it must be asked for. */
  leader(topic: string, partition: number): number | undefined {
    return this.#leaders.get(topic)?.get(partition);
  }

  forget(topic: string): void {
    this.#leaders.delete(topic);
  }

  /** Asks the cluster, once for all that want to know. `missing` when the topic has been unknown for seconds. */
  find(topic: string): Promise<'found' | 'missing'> {
    const underWay = this.#asking.get(topic);
    if (underWay !== undefined) return underWay;
    const asking = this.#ask(topic).finally(() => this.#asking.delete(topic));
    this.#asking.set(topic, asking);
    return asking;
  }

  async #ask(topic: string): Promise<'found' | 'missing'> {
    const [found] = (await knownTopics(this.#link, [topic], { retryFor: 0, sure: false })).topics;
    if (found === undefined || found.errorCode === UNKNOWN_TOPIC) {
      const since = this.#missingSince.get(topic) ?? performance.now();
      this.#missingSince.set(topic, since);
      return performance.now() - since > PATIENCE ? 'missing' : 'found';
    }
    this.#missingSince.delete(topic);
    const led = found.partitions.filter(({ leader }) => leader >= 0);
    this.#leaders.set(topic, new Map(led.map(({ partition, leader }) => [partition, leader])));
    return 'found';
  }
}
