/** What a training without a checkpoint leaves out: the rows that its group has read before. */
import { usingKafka } from '../../kafka/client/open.ts';
import type { KafkaClient } from '../../kafka/index.ts';
import { topicsOf, type MiniRecords, type TrainingSource } from './source.ts';

/**
 * One sentence for each partition whose earlier rows this model never learns, because the group has committed them: the
 * cell is run a second time, or the checkpoints were removed and the group was not. Kafka is asked only where the first
 * mini dataset does not begin at offset 0, or none came. A broker that is away costs the sentence, not the training.
 *
 * @param first the first mini dataset, before it is committed; none when the stream ended without one
 */
export async function rowsBefore(
  source: TrainingSource,
  first: MiniRecords | undefined,
): Promise<readonly string[]> {
  if ('open' in source || source.groupId === undefined) return [];
  const { groupId, client } = source;
  // A client that only reads cannot be asked for a group.
  if (client !== undefined && 'reader' in client && !isWhole(client)) return [];
  const starts = new Map<string, number>();
  for (const { topic, partition, offset } of first?.records ?? [])
    if (!starts.has(`${topic}[${partition}]`)) starts.set(`${topic}[${partition}]`, offset);
  if (first !== undefined && [...starts.values()].every((offset) => offset === 0)) return [];
  return usingKafka({ ...source, client }, async ({ groups, topics }) => {
    const committed = await groups.offsets(groupId);
    const said: string[] = [];
    for (const topic of topicsOf(source))
      for (const { partition, low } of await topics.watermarks(topic)) {
        const place = `${topic}[${partition}]`;
        const from = first === undefined ? committed.get(topic)?.get(partition) : starts.get(place);
        if (from === undefined || from <= low || !committed.get(topic)?.has(partition)) continue;
        said.push(
          `Group "${groupId}" goes on at offset ${from} of ${place}, and there is no checkpoint: this model learns none of ` +
            `the ${from - low} rows before. To learn them, delete the group (deleteGroup), or give another groupId.`,
        );
      }
    return said;
  }).catch((): readonly string[] => []);
}

function isWhole(client: object): client is KafkaClient {
  return 'groups' in client && 'topics' in client;
}
