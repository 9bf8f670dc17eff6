/** Where checkpoints are, as a flag says it: a folder, or a topic. */
import { InvalidArgumentError } from 'commander';
import { openKafka, type KafkaAccess, type KafkaOptions } from '../kafka/index.ts';
import { kafkaCheckpoints, localCheckpoints, type CheckpointStore } from '../training/index.ts';

/** The prefix that marks a topic; without it, it is a folder. */
const TOPIC = 'kafka:';

/** A store, and how the rest of the command reaches Kafka: by the store's own connection, where it has one. */
interface OpenedStore {
  readonly store: CheckpointStore;
  readonly access: KafkaAccess;
  readonly close: () => Promise<void>;
}

/** `kafka:TOPIC`, or a folder. */
export function storePlace(text: string): string {
  if (text !== '' && text !== TOPIC) return text;
  throw new InvalidArgumentError('It must be a folder, or kafka: and the name of a topic.');
}

/** Opens the store that a flag means. */
export async function openStore(place: string, kafka: KafkaOptions, keep: number): Promise<OpenedStore> {
  if (!place.startsWith(TOPIC))
    return { store: localCheckpoints(place, { keep }), access: kafka, close: async () => {} };
  const client = await openKafka(kafka);
  const store = kafkaCheckpoints({ topic: place.slice(TOPIC.length), client, keep });
  return { store, access: { client }, close: () => client.close() };
}
