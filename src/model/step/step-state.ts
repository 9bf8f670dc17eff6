/** The state of a training step: written out, and taken back only where all of it fits. */
import { isDeepStrictEqual } from 'node:util';
import { firstNonFinite } from '../../finite.ts';
import { ModelStateError } from '../errors.ts';
import type { State } from '../../state.ts';

const badState = (part: string, problem: string) => new ModelStateError({ part, problem });

/** What a step keeps besides its arrays. */
export interface StepCounters {
  readonly step: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** What a step was made with that may be another for the next life, and is then applied. */
export interface StepSettings {
  readonly learningRate: number;
  readonly seed: number;
  /** `[class, weight]` pairs in the order of the classes. */
  readonly classWeights: readonly (readonly [number, number])[];
  /** A digest of the text of a loss function of the user's own, which is all that can be compared of it. */
  readonly lossText: string | null;
}

/** A whole state. */
export interface StepState extends StepCounters {
  /** Missing in states of the first version. */
  readonly settings: StepSettings | undefined;
  /** Whether the version that wrote it drew the masks of dropout in another way. */
  readonly otherMasks: boolean;
  /** Layers, loss and optimizer as text: another text is another model. */
  readonly model: string;
  /** Arrays by name: weights, slots, moving statistics. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

const VERSION = 4;
/** Versions 2 and 3 drew the masks of dropout in other ways; version 1 also lacks the settings. */
const READ_TOO: readonly unknown[] = [1, 2, 3];

/** The state as it is kept; takes over the arrays. */
export function writeState({
  model,
  settings,
  arrays,
  step,
  learningRate,
  seed,
}: Omit<StepState, 'otherMasks'>): State {
  return { version: VERSION, model, settings: { ...settings }, step, learningRate, seed, arrays };
}

/**
 * The state, checked; its arrays are those of the argument.
 *
 * @throws ModelStateError (`ST_MODEL_STATE`)
 */
export function readState(state: State, model: string): StepState {
  const fields = record(state, 'whole');
  const { version } = fields;
  if (version !== VERSION && !READ_TOO.includes(version))
    throw badState('version', `is ${show(fields['version'])}, expected ${VERSION}`);
  checkModel(fields['model'], model);
  const whole = (name: 'step' | 'seed', most: number) => {
    const value = fields[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
      throw badState(name, `is ${show(value)}, expected a whole number from 0 to ${most}`);
    return value;
  };
  const { learningRate } = fields;
  if (typeof learningRate !== 'number' || !(learningRate >= 0 && learningRate < Infinity))
    throw badState('learningRate', `is ${show(learningRate)}, expected a number >= 0`);
  const arrays: Record<string, Float32Array> = {};
  for (const [name, value] of Object.entries(record(fields['arrays'], 'arrays'))) {
    if (!(value instanceof Float32Array)) throw badState(name, 'is no Float32Array');
    const broken = firstNonFinite(value, value.length);
    if (broken) throw badState(name, `has ${broken.value} at ${broken.column}`);
    arrays[name] = value;
  }
  const step = whole('step', Number.MAX_SAFE_INTEGER);
  const settings = version === 1 ? undefined : readSettings(record(fields['settings'], 'settings'));
  const otherMasks = version !== VERSION && model.includes('"kind":"dropout"');
  return { model, settings, otherMasks, step, seed: whole('seed', 0xffff_ffff), learningRate, arrays };
}

/**
 * What a restored step goes on with. A setting that was given another value than for the state is the new one; else all
 * is as it was left, also a learning rate that was changed on the way.
 *
 * @returns with a sentence for each setting that differs
 */
export function settle(state: StepState, now: StepSettings): { counters: StepCounters; remarks: string[] } {
  const { settings: then } = state;
  const remarks: string[] = [];
  if (state.otherMasks)
    remarks.push(
      'The masks of dropout are drawn in another way than by the version that saved the state: training goes on, but not ' +
        'to the same bytes as without the break.',
    );
  if (!then) {
    const { counters, remarks: more } = settleWithout(state, now);
    return { counters, remarks: [...remarks, ...more] };
  }
  const differs = (name: string, was: unknown, is: unknown) => {
    if (isDeepStrictEqual(was, is)) return false;
    remarks.push(`The ${name} is ${show(is)} from now on, as given; the state was made with ${show(was)}.`);
    return true;
  };
  const learningRate = differs('learning rate', then.learningRate, now.learningRate)
    ? now.learningRate
    : state.learningRate;
  const seed = differs('seed', then.seed, now.seed) ? now.seed : state.seed;
  differs('list of class weights', then.classWeights, now.classWeights);
  if (then.lossText !== now.lossText)
    remarks.push(
      "The loss function's text is another than that the state was made with; it is used as given.",
    );
  return { counters: { step: state.step, learningRate, seed }, remarks };
}

/** A state that does not tell what it was made with: all is as it was left, and what is others now is said. */
function settleWithout(
  { step, learningRate, seed }: StepState,
  now: StepSettings,
): { counters: StepCounters; remarks: string[] } {
  const remarks = (
    [
      ['learning rate', learningRate, now.learningRate],
      ['seed', seed, now.seed],
    ] as const
  ).flatMap(([name, kept, given]) =>
    kept === given
      ? []
      : [
          `The ${name} stays ${kept}, not ${given} as given: the state is of an earlier version, which did not note ` +
            'whether it was changed on the way. A state saved from now on does.',
        ],
  );
  return { counters: { step, learningRate, seed }, remarks };
}

function readSettings(fields: Readonly<Record<string, State>>): StepSettings {
  const number = (name: string, value: State | undefined) => {
    if (typeof value !== 'number') throw badState(`settings.${name}`, `is ${show(value)}`);
    return value;
  };
  const { classWeights, lossText = null } = fields;
  if (!Array.isArray(classWeights)) throw badState('settings.classWeights', 'is no list');
  if (lossText !== null && typeof lossText !== 'string')
    throw badState('settings.lossText', `is ${show(lossText)}`);
  const pairs = (classWeights as readonly State[]).map((pair) => {
    const [label, weight] = pair as readonly State[];
    return [number('classWeights', label), number('classWeights', weight)] as const;
  });
  const [learningRate, seed] = [fields['learningRate'], fields['seed']];
  return {
    learningRate: number('learningRate', learningRate),
    seed: number('seed', seed),
    classWeights: pairs,
    lossText,
  };
}

/** Names the parts (layers, loss, optimizer, ...) that are other ones. */
function checkModel(found: State | undefined, expected: string): void {
  if (found === expected) return;
  const [was, is] = [partsOf(found), partsOf(expected)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const differing = names.filter((name) => !isDeepStrictEqual(was[name], is[name]));
  const [first = 'whole'] = differing;
  throw badState(
    differing.join(', ') || 'model',
    `${differing.length > 1 ? 'are others' : 'is another'} than this model's: its ${first} is ${show(was[first])}, this ` +
      `model's is ${show(is[first])}`,
  );
}

function partsOf(model: unknown): Readonly<Record<string, unknown>> {
  try {
    const parts: unknown = JSON.parse(String(model));
    return typeof parts === 'object' && parts !== null ? (parts as Record<string, unknown>) : {};
  } catch {
    return { whole: model };
  }
}

/**
 * Refuses arrays that are not exactly those named, of those lengths.
 *
 * @throws ModelStateError (`ST_MODEL_STATE`)
 */
export function checkLengths(arrays: StepState['arrays'], lengths: Readonly<Record<string, number>>): void {
  for (const [name, { length }] of Object.entries(arrays)) {
    const expected = Object.hasOwn(lengths, name) ? lengths[name]! : 'no such array';
    if (length !== expected) throw badState(name, `has ${length} numbers, expected ${expected}`);
  }
  for (const name of Object.keys(lengths)) {
    if (!Object.hasOwn(arrays, name)) throw badState(name, 'is missing');
  }
}

function record(value: State | undefined, name: string): Readonly<Record<string, State>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value))
    return value as Readonly<Record<string, State>>;
  throw badState(name, 'is no record of parts');
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
