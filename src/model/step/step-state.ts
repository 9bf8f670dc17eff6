/** The state of a training step: written out, and taken back only where all of it fits. */
import { ModelStateError } from '../errors.ts';
import type { State } from '../state.ts';

/** What a step keeps besides its arrays. */
export interface StepCounters {
  readonly step: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** A whole state. */
export interface StepState extends StepCounters {
  /** Layers, loss and optimizer as text: another text is another model. */
  readonly model: string;
  /** Arrays by name: weights, slots, moving statistics. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

const VERSION = 1;

/** The state as it is kept; takes over the arrays. */
export function writeState({ model, arrays, step, learningRate, seed }: StepState): State {
  return { version: VERSION, model, step, learningRate, seed, arrays };
}

/**
 * The state, checked; its arrays are those of the argument.
 *
 * @throws ModelStateError (`ST_MODEL_STATE`)
 */
export function readState(state: State, model: string): StepState {
  const fields = record(state, 'whole');
  if (fields['version'] !== VERSION)
    throw new ModelStateError('version', `is ${show(fields['version'])}, expected ${VERSION}`);
  if (fields['model'] !== model)
    throw new ModelStateError('model', `is ${show(fields['model'])}, this one is ${model}`);
  const whole = (name: 'step' | 'seed', most: number) => {
    const value = fields[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
      throw new ModelStateError(name, `is ${show(value)}, expected a whole number from 0 to ${most}`);
    return value;
  };
  const { learningRate } = fields;
  if (typeof learningRate !== 'number' || !(learningRate >= 0 && learningRate < Infinity))
    throw new ModelStateError('learningRate', `is ${show(learningRate)}, expected a number >= 0`);
  const arrays: Record<string, Float32Array> = {};
  for (const [name, value] of Object.entries(record(fields['arrays'], 'arrays'))) {
    if (!(value instanceof Float32Array)) throw new ModelStateError(name, 'is no Float32Array');
    arrays[name] = value;
  }
  const step = whole('step', Number.MAX_SAFE_INTEGER);
  return { model, step, seed: whole('seed', 0xffff_ffff), learningRate, arrays };
}

/**
 * Refuses arrays that are not exactly those named, of those lengths.
 *
 * @throws ModelStateError (`ST_MODEL_STATE`)
 */
export function checkLengths(arrays: StepState['arrays'], lengths: Readonly<Record<string, number>>): void {
  for (const [name, { length }] of Object.entries(arrays)) {
    const expected = Object.hasOwn(lengths, name) ? lengths[name]! : 'no such array';
    if (length !== expected) throw new ModelStateError(name, `has ${length} numbers, expected ${expected}`);
  }
  for (const name of Object.keys(lengths)) {
    if (!Object.hasOwn(arrays, name)) throw new ModelStateError(name, 'is missing');
  }
}

function record(value: State | undefined, name: string): Readonly<Record<string, State>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value))
    return value as Readonly<Record<string, State>>;
  throw new ModelStateError(name, 'is no record of parts');
}

function show(value: State | undefined): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
