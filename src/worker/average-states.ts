/** One model out of several that learnt apart: the mean of their states, weighted by the rows that each has learnt. */
import { isDeepStrictEqual } from 'node:util';
import { firstNonFinite } from '../finite.ts';
import type { State } from '../state.ts';
import { AverageError } from './errors.ts';

/** What one of them has learnt. */
export interface LearntState {
  /** Rows that it learnt since they all were the same; one that learnt none does not count. */
  readonly rows: number;
  /** As `save()` of a compiled step gave it. */
  readonly state: State;
}

/** The parts of a state that are looked at here. */
interface NetworkState {
  readonly step: number;
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

/**
 * Averages the states of compiled steps that began a round with the same weights and learnt different rows: **federated
 * averaging**, also called local SGD. Each number of the weights, of moving statistics, and of what the optimizer keeps
 * (Adam's two moments, say) becomes the mean weighted by rows, summed in float64 in the order given and rounded once. The
 * step, which sets Adam's bias correction and the draws of dropout, is the largest one. All else must be the same.
 *
 * What it is not: as many steps on all of the rows. Parts that learn long on their own rows drift apart, and the mean is
 * then worse than one model that has seen them all.
 *
 * @throws AverageError (`ST_WORKER_AVERAGE`) for no rows at all, states of different models, and numbers that are not finite
 * @see McMahan et al. (2017), Communication-efficient learning of deep networks from decentralized data, algorithm 1
 * @see Stich (2019), Local SGD converges fast and communicates little
 * @example
 * ```ts
 * const [one, other] = [0, 1].map(() => compileTrainStep(buildClassifier({ inputs: 9, seed: 1 })));
 * one!.restore(averageStates([{ rows: 600, state: one!.save() }, { rows: 400, state: other!.save() }]));
 * ```
 */
export function averageStates(learnt: readonly LearntState[]): State {
  for (const { rows } of learnt)
    if (!Number.isSafeInteger(rows) || rows < 0)
      throw new AverageError({ problem: `one is said to have learnt ${String(rows)} rows` });
  const counting = learnt.filter(({ rows }) => rows > 0);
  const total = counting.reduce((sum, { rows }) => sum + rows, 0);
  const [first] = counting;
  if (!first) throw new AverageError({ problem: 'none of them has learnt a row' });
  const states = counting.map(({ state }, at) => networkState(state, at));
  for (const [at, { state }] of counting.entries()) checkAlike(first.state, state, at);
  const arrays: Record<string, Float32Array> = {};
  for (const [name, { length }] of Object.entries(states[0]!.arrays)) {
    const sums = new Float64Array(length);
    for (const [at, { arrays }] of states.entries()) {
      const values = arrays[name];
      if (values?.length !== length)
        throw new AverageError({
          problem: `state ${at} has ${values?.length ?? 'no'} numbers of ${name}, not ${length}`,
        });
      const found = firstNonFinite(values, length);
      if (found)
        throw new AverageError({
          problem: `number ${found.column} of ${name} of state ${at} is ${found.value}`,
        });
      const share = counting[at]!.rows / total;
      for (let i = 0; i < length; i++) sums[i]! += values[i]! * share;
    }
    arrays[name] = Float32Array.from(sums);
  }
  const step = Math.max(...states.map((state) => state.step));
  return { ...(first.state as { readonly [name: string]: State }), step, arrays };
}

function networkState(state: State, at: number): NetworkState {
  const { step, arrays } = (state ?? {}) as Partial<NetworkState>;
  const isOne =
    Number.isSafeInteger(step) &&
    typeof arrays === 'object' &&
    Object.values(arrays).every((values) => values instanceof Float32Array);
  if (isOne) return { step: step!, arrays };
  throw new AverageError({ problem: `state ${at} is not that of a compiled step` });
}

/** Model, settings, seed and learning rate, and which arrays there are. */
function checkAlike(first: State, other: State, at: number): void {
  const [was, is] = [comparable(first), comparable(other)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const differing = names.filter((name) => !isDeepStrictEqual(was[name], is[name]));
  if (differing.length > 0)
    throw new AverageError({ problem: `state ${at} differs from the first in ${differing.join(', ')}` });
}

/** All that must be the same, with the names of the arrays in place of them. */
function comparable(state: State): Readonly<Record<string, unknown>> {
  const { step: _, arrays, ...rest } = state as { readonly [name: string]: State };
  return { ...rest, arrays: Object.keys(arrays as object).sort() };
}
