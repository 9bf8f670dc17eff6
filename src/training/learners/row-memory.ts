/** The state of learners that remember flat records: their options, and what they learnt. */
import type { State } from '../../state.ts';
import { StateMismatchError } from '../errors.ts';
import {
  checkCounts,
  checkStateOptions,
  copiedRecord,
  fieldsOf,
  fittingRecord,
  type StateRecord,
} from '../state-record.ts';

/** A record, also one whose names the compiler knows. */
type RecordOf<R> = { readonly [Name in keyof R]: StateRecord[string] };

/** A state of options and a memory; owns its arrays. */
export function savedMemory<Memory extends RecordOf<Memory>>(options: StateRecord, memory: Memory): State {
  return { options, memory: copiedRecord(memory as StateRecord) };
}

/**
 * The memory in a state of {@link savedMemory}: of the same options, of the same shape, all of its numbers finite.
 *
 * @param like a memory of that shape; its `step` counts steps
 * @param problemOf why a memory of that shape cannot be, if so
 * @returns with arrays of its own
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`)
 */
export function restoredMemory<Memory extends RecordOf<Memory> & { readonly step: number }>(
  kind: string,
  options: StateRecord,
  like: Memory,
  state: State,
  problemOf: (memory: Memory) => string | undefined,
): Memory {
  const { options: made, memory, ...others } = fieldsOf(kind, state);
  const refuse = (problem: string): never => {
    throw new StateMismatchError({ kind, problem });
  };
  for (const name of Object.keys(others)) refuse(`it has ${name}, which is not known`);
  checkStateOptions(kind, options, made);
  const found = fittingRecord(kind, like as StateRecord, memory) as unknown as Memory;
  checkCounts(kind, { step: found.step });
  const problem = problemOf(found);
  return problem === undefined ? found : refuse(problem);
}
