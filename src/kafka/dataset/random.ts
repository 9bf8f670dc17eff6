/** A small seeded generator, so that a shuffle comes out the same in every process. */

/**
 * Draws whole numbers in `[0, below)` from a 32-bit seed (splitmix32: one multiply-xor chain a draw, equally spread
 * over 32 bits; see G. Steele et al., "Fast splittable pseudorandom number generators", OOPSLA 2014).
 *
 * @example
 * ```ts
 * const draw = seededRandom(7);
 * draw(6); // always the same face of the die
 * ```
 */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed = (mixed ^ (mixed >>> 15)) >>> 0;
    return Math.floor((mixed / 0x1_0000_0000) * below);
  };
}

/** A new seed from a seed and a counter, so that every pass shuffles differently yet repeatably. */
export function deriveSeed(seed: number, counter: number): number {
  const draw = seededRandom((seed ^ Math.imul(counter + 1, 0x85ebca6b)) >>> 0);
  return draw(0x1_0000_0000) >>> 0;
}
