/** Where checkpoints are, as a flag says it: a folder, or a topic. */
import fs from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { openKafka, type KafkaAccess, type KafkaOptions } from '../kafka/index.ts';
import { kafkaCheckpoints, localCheckpoints, type CheckpointStore } from '../training/index.ts';
import { UsageError } from './errors.ts';

/** The prefix that marks a topic; without it, it is a folder. */
const TOPIC = 'kafka:';

/** A store, and how the rest of the command reaches Kafka: by the store's own connection, where it has one. */
interface OpenedStore {
  readonly store: CheckpointStore;
  readonly access: KafkaAccess;
  readonly close: () => Promise<void>;
}

/** Whether checkpoints are in a topic. */
export const isTopic = (place: string): boolean => place.startsWith(TOPIC);

/** `kafka:TOPIC`, or a folder. */
export function storePlace(text: string): string {
  if (text !== '' && text !== TOPIC) return text;
  throw new InvalidArgumentError('It must be a folder, or kafka: and the name of a topic.');
}

const checkpointName = /^checkpoint-\d{12}$/;

/** Whether this is the folder of one checkpoint, and not that of a training. */
export const isOneCheckpoint = (place: string): boolean =>
  checkpointName.test(path.basename(path.resolve(place)));

/** @throws UsageError (`ST_CLI_USAGE`) for a file, a checkpoint and a saved model: as a store each is empty, and stays so */
function checkFolder(place: string): void {
  const there = lookAt(place);
  if (there !== undefined && !there.isDirectory())
    throw new UsageError({ problem: `${place} is no folder, in which checkpoints are.` });
  if (there !== undefined && isOneCheckpoint(place))
    throw new UsageError({
      problem: `${place} is one checkpoint: name the folder it is in (with --pin, "serve" serves this one alone).`,
    });
  if (
    fs.existsSync(path.join(place, 'model.json')) &&
    !fs.readdirSync(place).some((name) => checkpointName.test(name))
  )
    throw new UsageError({
      problem: `${place} is a saved model, and no folder of checkpoints; "serve-http" and "predict" take it.`,
    });
}

/** What is there; undefined for nothing. A file where a folder above it is to be is given itself. */
function lookAt(place: string): fs.Stats | undefined {
  try {
    return fs.statSync(place, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    return lookAt(path.dirname(place));
  }
}

/**
 * Opens the store that a flag means.
 *
 * @throws UsageError (`ST_CLI_USAGE`) for a place that is none
 */
export async function openStore(place: string, kafka: KafkaOptions, keep: number): Promise<OpenedStore> {
  if (!isTopic(place)) {
    checkFolder(place);
    return { store: localCheckpoints(place, { keep }), access: kafka, close: async () => {} };
  }
  const client = await openKafka(kafka);
  const store = kafkaCheckpoints({ topic: place.slice(TOPIC.length), client, keep });
  return { store, access: { client }, close: () => client.close() };
}
