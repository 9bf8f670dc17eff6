/** A seeded shuffle whose order is the same on every machine. */
import { DataOptionError } from './errors.ts';

/** The next number in [0, 1). */
export type Random = () => number;

/**
 * mulberry32 (Tommy Ettinger, 2017, public domain): 32 bits of state, one multiplication-mix a number. Good enough
 * to shuffle rows, small enough to port; not for secrets.
 *
 * @param seed an integer from 0 to 2^32 - 1
 * @throws {@link DataOptionError} (`ST_DATA_OPTION`) for any other seed
 */
export function mulberry32(seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new DataOptionError('seed', seed, 'an integer from 0 to 4294967295');
  }
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The numbers 0 to n-1 in random order: Fisher and Yates' shuffle, as Durstenfeld wrote it (1964). */
export function permutation(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
