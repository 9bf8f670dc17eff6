/** The model that a command is given: a training's checkpoints in a folder or topic, one of them, or a saved model. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { newestCheckpoint, type ExportSource } from '../export/index.ts';
import { loadModel } from '../model/index.ts';
import type { CheckpointStore } from '../training/index.ts';
import type { CliContext } from './context.ts';
import { isOneCheckpoint, isTopic, openStore } from './model-store.ts';

/** What such an argument may be, for help. */
export const modelSources =
  'A model is the folder that "train" was given by --checkpoint (its newest checkpoint), one checkpoint in it, kafka:TOPIC ' +
  'for checkpoints in a topic, or a folder that saveModel, or any tfjs program, wrote.';

/** A model to work with. */
export interface OpenedModel extends AsyncDisposable {
  readonly source: ExportSource;
  /** The checkpoint's id, or the folder of a saved model. */
  readonly version: string;
}

/** Whether the argument names a model that stays as it is: a saved one, or one checkpoint. */
export const isOneModel = (text: string): boolean =>
  existsSync(path.join(text, 'model.json')) ||
  path.basename(text) === 'model.json' ||
  (existsSync(text) && isOneCheckpoint(text));

/** Opens what the argument names. Newer checkpoints that cannot be used are named in notes. */
export async function openModel(text: string, context: CliContext): Promise<OpenedModel> {
  if (!isTopic(text))
    context.refuseConnection(`${text} is no topic (kafka:TOPIC), so nothing is asked of Kafka.`);
  if (existsSync(path.join(text, 'model.json')) || path.basename(text) === 'model.json') {
    const model = await loadModel(text);
    return { source: model, version: text, [Symbol.asyncDispose]: async () => void model.dispose() };
  }
  const one = path.parse(path.resolve(text));
  const [place, id] = isOneCheckpoint(text) ? [one.dir, one.base] : [text, undefined];
  const { store, close } = await openStore(place, context.kafka, 1);
  try {
    return await ofStore(store, id, context);
  } finally {
    await close();
  }
}

async function ofStore(
  store: CheckpointStore,
  id: string | undefined,
  { note }: CliContext,
): Promise<OpenedModel> {
  const checkpoint = await newestCheckpoint(store, {
    ...(id !== undefined && { id }),
    onRefused: (error) => note(error.message),
  });
  return { source: checkpoint, version: checkpoint.id, [Symbol.asyncDispose]: async () => {} };
}
