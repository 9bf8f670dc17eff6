/** Seeded random numbers: the same on every machine, wherever the library shuffles, drops out or mixes seeds. */

/** The next number in [0, 1). */
export type Random = () => number;

/**
 * mulberry32 (Tommy Ettinger, 2017, public domain): 32 bits of state, one multiplication-mix a number. Good enough
 * to shuffle rows, small enough to port; not for secrets.
 *
 * @param seed an integer from 0 to 2^32 - 1
 * @example
 * ```ts run
 * permutation(5, mulberry32(7)); // [ 3, 1, 2, 4, 0 ]
 * ```
 */
export function mulberry32(seed: number): Random {
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
  const order = new Array<number>(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    // Loops and a swap of three lines take a quarter of what `Array.from` and a swap by a pattern do.
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
}

/**
 * A 32-bit seed from two whole numbers, well spread even where they are small and near each other (the finalizer
 * of MurmurHash3, Austin Appleby, public domain). Never 0, which tfjs takes for "no seed".
 */
export function mixSeeds(seed: number, part: number): number {
  let h = (seed ^ Math.imul(part + 1, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0 || 1;
}

/** The state of an xoshiro128**: four words of 32 bits, not all 0. */
export type WordState = readonly [number, number, number, number];

/** The state that begins the stream `part` of a seed; all of it is mixed, so neighbouring streams differ at once. */
export function wordState(seed: number, part: number): WordState {
  const [a, c] = [mixSeeds(seed, 0), mixSeeds(part, 1)];
  return [a, mixSeeds(a, c), c, mixSeeds(c, a)];
}

/**
 * The state of an xoshiro128** one word further: David Blackman and Sebastiano Vigna, "Scrambled Linear Pseudorandom Number
 * Generators" (2021).
 */
export function nextWordState([a, b, c, d]: WordState): WordState {
  const [third, fourth] = [c ^ a, d ^ b];
  return [a ^ fourth, b ^ third, third ^ (b << 9), (fourth << 11) | (fourth >>> 21)];
}
