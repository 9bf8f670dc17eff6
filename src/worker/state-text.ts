/** A model's state as one word of text, which any program can carry without understanding it. */
import { createHash } from 'node:crypto';
import { messageOf } from '../errors.ts';
import type { State } from '../state.ts';
import { packState, unpackState, type JsonState } from '../training/checkpoint/state-codec.ts';
import { StateTextError } from './errors.ts';

/** What such a text begins with: the format and its version. */
const MARK = 'streamtrain-state-1';

/**
 * The state as text without blanks: a mark, a checksum, and the state's JSON and arrays in base64, with dots between. It
 * takes a third more bytes than the arrays.
 *
 * @throws CheckpointStateError (`ST_TRAINING_CHECKPOINT_STATE`) for what no checkpoint could keep
 * @example
 * ```ts
 * const model = compileTrainStep(buildClassifier({ inputs: 9 }));
 * const text = stateToText(model.save());
 * model.restore(stateFromText(text)); // bit for bit the same
 * ```
 */
export function stateToText(state: State): string {
  const { json, bytes } = packState(state);
  const words = [Buffer.from(JSON.stringify(json)), Buffer.from(bytes)].map((part) =>
    part.toString('base64'),
  );
  const body = words.join('.');
  return `${MARK}.${sha256(body)}.${body}`;
}

/**
 * The state of a text.
 *
 * @throws StateTextError (`ST_WORKER_STATE`)
 */
export function stateFromText(text: string): State {
  const words = text.split('.');
  const [mark = '', checksum, json = '', bytes = ''] = words;
  if (mark !== MARK) throw new StateTextError({ problem: `it does not begin with ${MARK}` });
  if (words.length !== 4 || sha256(`${json}.${bytes}`) !== checksum)
    throw new StateTextError({ problem: 'its checksum does not fit' });
  try {
    const parsed = JSON.parse(Buffer.from(json, 'base64').toString('utf8')) as JsonState;
    return unpackState({ json: parsed, bytes: Buffer.from(bytes, 'base64') });
  } catch (error) {
    // Its checksum fits, so it was written so.
    throw new StateTextError({ problem: messageOf(error), cause: error });
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
