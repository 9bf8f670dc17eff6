/** Topics of a group that no broker knows any more: waited for where that is wished, and never without an end. */
import { UnknownTopicError } from '../../errors.ts';
import type { Member } from './member.ts';
import type { GroupPassOptions } from './options.ts';

interface Watch {
  /** Whether the member has no partition. */
  readonly isIdle: () => boolean;
  readonly onRemark: (text: string) => void;
}

/**
 * What a member has no partitions of tells it nothing, not even that it was deleted: it is asked for. A member that reads
 * one hears of it from the broker, and gives up after `retryForMs`; so does one that waits here.
 */
export class GoneTopics {
  readonly #options: Pick<GroupPassOptions, 'member' | 'saved'>;
  readonly #member: Member;
  readonly #watch: Watch;
  /** Those that were gone at the last look. */
  #gone: ReadonlySet<string> = new Set();
  #lookAt: number;

  constructor(options: Pick<GroupPassOptions, 'member' | 'saved'>, member: Member, watch: Watch) {
    this.#options = options;
    this.#member = member;
    this.#watch = watch;
    this.#lookAt = performance.now() + options.member.metadataMaxAgeMs;
  }

  /** Whether it is time for a {@link look}: while something is gone, or where there is nothing to read. */
  isDue(now = performance.now()): boolean {
    return now >= this.#lookAt && (this.#gone.size > 0 || this.#watch.isIdle());
  }

  /**
   * Asks for all topics of the group. One that was gone already the last time has been for `retryForMs`.
   *
   * @throws UnknownTopicError (`ST_KAFKA_UNKNOWN_TOPIC`)
   */
  async look(): Promise<void> {
    const gone = await this.#member.gone(this.#options.member.topics);
    const topic = gone.find((one) => this.#gone.has(one));
    if (topic !== undefined) throw new UnknownTopicError({ topic });
    this.#note(gone);
  }

  /** Partitions were taken away, perhaps because their topics were deleted with rows in them that nobody has read. */
  async noteRevoked(topics: readonly string[]): Promise<void> {
    const gone = await this.#member.gone(topics);
    if (this.#options.saved.onTopicRecreated === 'error') refuse(gone);
    if (gone.length > 0) this.#note([...this.#gone, ...gone]);
  }

  /**
   * A member without a partition knows of no silence, and of nothing that is unread: before it ends it asks whether there still
   * is what it was to read.
   *
   * @throws UnknownTopicError (`ST_KAFKA_UNKNOWN_TOPIC`)
   */
  async refuseAny(): Promise<void> {
    refuse(await this.#member.gone(this.#options.member.topics));
  }

  #note(gone: readonly string[]): void {
    const { groupId, retryForMs, metadataMaxAgeMs } = this.#options.member;
    for (const topic of gone)
      if (!this.#gone.has(topic))
        this.#watch.onRemark(
          `Group "${groupId}": topic "${topic}" is gone; it is waited for, at least ${retryForMs} ms, and read once it is created again.`,
        );
    this.#gone = new Set(gone);
    this.#lookAt = performance.now() + (gone.length > 0 ? retryForMs : metadataMaxAgeMs);
  }
}

function refuse([topic]: readonly string[]): void {
  if (topic !== undefined) throw new UnknownTopicError({ topic });
}
