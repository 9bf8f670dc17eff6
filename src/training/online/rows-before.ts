/** What a training without a checkpoint leaves out: the rows that its group has read before. */
import { usingKafka } from '../../kafka/client/open.ts';
import type { KafkaClient } from '../../kafka/index.ts';
import { readerSettings } from '../../kafka/settings/settings.ts';
import { inTime } from '../../process/index.ts';
import { topicsOf, type MiniRecords, type TrainingSource } from './source.ts';

/** The group waits for its member meanwhile, and the rows for both. */
const LONGEST_MS = 5_000;

/**
 * One sentence for each partition whose earlier rows this model never learns, because the group has committed them: the
 * cell is run a second time, or the checkpoints were removed and the group was not. Kafka is asked only where the first
 * mini dataset finds a partition behind offset 0, or none came, and never for longer than five seconds. What goes wrong
 * costs the sentence, not the training. Who begins at the end of a log by wish (`auto.offset.reset=latest`) gets none.
 *
 * @param first the first mini dataset, before it is committed; none when the stream ended without one
 * @param signal ends the asking
 */
export async function rowsBefore(
  source: TrainingSource,
  first: MiniRecords | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if ('open' in source || source.groupId === undefined) return [];
  const { groupId, client, consumer, configuration } = source;
  // A client that only reads cannot be asked for a group.
  if (client !== undefined && 'reader' in client && !isWhole(client)) return [];
  const starts = first && startsOf(first);
  if (starts && [...starts.values()].every((offset) => offset === 0)) return [];
  const asking = usingKafka({ ...source, client }, async (kafka) => {
    const reading =
      kafka === client ? readerSettings(kafka.settings, { consumer, configuration }) : kafka.settings;
    if (reading.consumer.autoOffsetReset === 'latest') return [];
    const committed = await kafka.groups.offsets(groupId);
    const said: string[] = [];
    for (const topic of topicsOf(source))
      for (const { partition, low } of await kafka.topics.watermarks(topic)) {
        const place = `${topic}[${partition}]`;
        const known = committed.get(topic)?.get(partition);
        const start = starts ? starts.get(place) : known;
        if (known === undefined || start === undefined) continue;
        // What is missing between both was deleted, or is no row.
        const from = Math.min(known, start);
        if (from <= low) continue;
        said.push(
          `Group "${groupId}" goes on at offset ${from} of ${place}, and there is no checkpoint: this model learns none of ` +
            `the ${from - low} rows before. To learn them, delete the group (deleteGroup), or give another groupId.`,
        );
      }
    return said;
  });
  return inTime(asking, LONGEST_MS, () => new Error('no answer in time'), signal).catch(() => []);
}

/** Where each partition of the stream begins. */
function startsOf({ records, end }: MiniRecords): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  for (const { topic, partition, offset } of records)
    if (!starts.has(`${topic}[${partition}]`)) starts.set(`${topic}[${partition}]`, offset);
  // Of those without a row in it nothing was read.
  for (const [topic, partitions] of Object.entries(end))
    for (const [partition, offset] of Object.entries(partitions))
      if (!starts.has(`${topic}[${partition}]`)) starts.set(`${topic}[${partition}]`, offset);
  return starts;
}

function isWhole(client: object): client is KafkaClient {
  return 'groups' in client && 'topics' in client;
}
