/** Whether the topics are still those that a training has learnt from, by Kafka's topic ids. */
import { topicIdsOf, type Position, type TopicIds } from '../../kafka/index.ts';
import { positionOf } from '../../kafka/fetch/topic-ids.ts';
import { entryOf } from '../../kafka/record.ts';
import type { Checkpoint } from '../checkpoint/index.ts';

/**
 * The checkpoint's position, with the ids of its topics: reading from it begins with `TopicRecreatedError`, or at the
 * beginning, where a topic is another one now.
 */
export function positionWithIds({ position, topicIds }: Checkpoint): Position {
  return positionOf(
    Object.entries(position).flatMap(([topic, offsets]) =>
      Object.entries(offsets).map(([partition, offset]) => ({
        topic,
        partition: Number(partition),
        position: offset,
        topicId: entryOf(topicIds, topic),
      })),
    ),
  );
}

/** Notices topics that were deleted and made again while training goes on at their beginning. */
export class TopicIdentity {
  readonly #ids = new Map<string, string>();
  readonly #remark: (text: string) => void;

  constructor(known: TopicIds, remark: (text: string) => void) {
    for (const [topic, id] of Object.entries(known)) this.#ids.set(topic, id);
    this.#remark = remark;
  }

  /** Takes the position of the next mini data set; says once where a topic is another one. */
  note(position: Position): void {
    for (const [topic, id] of Object.entries(topicIdsOf(position))) {
      const before = this.#ids.get(topic);
      if (before === id) continue;
      this.#ids.set(topic, id);
      if (before !== undefined)
        this.#remark(
          `Topic ${topic} was deleted and created again (its id was ${before}, now it is ${id}): training keeps what it ` +
            'has learnt, and goes on at the beginning of the new topic.',
        );
    }
  }
}
