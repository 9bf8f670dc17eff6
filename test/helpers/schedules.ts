/** Runs a property over many seeds, some at once, and prints the seed that failed with its schedule of faults. */
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describeFaults, playFaults } from '../../src/broker/index.ts';
import type { ScheduledFault } from '../../src/broker/index.ts';

/** Whether the long versions of tests are asked for. */
export const isLong = process.env['STREAMTRAIN_LONG'] === '1';

/** What one seed came to, in a word or two; counted and told at the end. */
export type Outcome = string;

/**
 * The seeds to run: `$STREAMTRAIN_FAULT_SEED` alone if it is set; else `count`, from 1 in a quick run, from a random one
 * in a long run.
 */
export function seedsToRun(count: number): number[] {
  const named = process.env['STREAMTRAIN_FAULT_SEED'];
  if (named !== undefined) {
    const seed = Number(named);
    if (!Number.isInteger(seed) || seed < 0)
      throw new Error(`STREAMTRAIN_FAULT_SEED=${named}: give a whole number`);
    return [seed];
  }
  const first = isLong ? Date.now() % 2 ** 31 : 1;
  return Array.from({ length: count }, (_, index) => first + index);
}

/**
 * Checks `property` for every seed on `lanes` (a proxy each, say) side by side. All seeds are run; then it throws if one
 * failed, with each failed seed, how to run it alone, and why.
 */
export async function checkSeeds<Lane>(
  t: TestContext,
  seeds: readonly number[],
  lanes: readonly Lane[],
  property: (seed: number, lane: Lane) => Promise<Outcome>,
): Promise<ReadonlyMap<Outcome, number>> {
  const left = [...seeds];
  const outcomes = new Map<Outcome, number>();
  const failures: string[] = [];
  const began = performance.now();
  await Promise.all(
    lanes.map(async (lane) => {
      for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
        try {
          const outcome = await property(seed, lane);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        } catch (error) {
          const failure = `seed ${seed} (alone: STREAMTRAIN_FAULT_SEED=${seed}): ${inspect(error)}`;
          console.error(failure); // at once: a long run may be broken off
          failures.push(failure);
        }
      }
    }),
  );
  const perSeed = (performance.now() - began) / seeds.length;
  const told = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  t.diagnostic(`seeds ${seeds[0]} to ${seeds.at(-1)}: ${told}; ${perSeed.toFixed(0)} ms a seed`);
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${seeds.length} seeds failed:\n${failures.join('\n')}`);
  return outcomes;
}

/**
 * Does something while the faults of a schedule happen; they are over when it returns.
 *
 * @param work is given what ends the faults early, for good
 * @throws what `work` throws, with the schedule in words
 */
export async function underFaults<T>(
  schedule: readonly ScheduledFault[],
  work: (heal: () => Promise<void>) => Promise<T>,
  onBegun: (count: number) => void = () => undefined,
): Promise<T> {
  const over = new AbortController();
  const playing = playFaults(schedule, { signal: over.signal });
  playing.catch(() => undefined); // thrown below, when it is waited for
  const heal = async () => {
    over.abort();
    await playing;
  };
  try {
    return await work(heal);
  } catch (error) {
    throw new Error(describeFaults(schedule), { cause: error });
  } finally {
    over.abort();
    onBegun(await playing);
  }
}

/**
 * What comes to an end: a run that is still under way after `ms` fails, with its name.
 *
 * @param ms far more than any fault and any patience of the run take together
 */
export async function inTime<T>(name: string, ms: number, run: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${name} is still under way after ${ms / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([run, late]);
  } finally {
    over.abort();
  }
}
