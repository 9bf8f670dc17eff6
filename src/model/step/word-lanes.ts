/** One stream of random words cut into four parts that are drawn side by side: where each part begins. */
import { nextWordState, type WordState } from '../../random.ts';

/** How many parts there are: words of 32 bits in a SIMD register. */
export const LANES = 4;

/** The states at which the parts of a stream begin, each `length` words after the one before. */
export function laneStates(state: WordState, length: number): WordState[] {
  const far = jumpTable(length);
  const states = [state];
  for (let lane = 1; lane < LANES; lane++) states.push(lookedUp(far, states[lane - 1]!));
  return states;
}

/**
 * A length of at least `least` words, which may be up to an eighth more: jumps are kept, and must not become many where
 * mini-batches are of many sizes.
 */
export function laneLength(least: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(least)) - 3);
  return Math.ceil(least / step) * step;
}

/**
 * What so many words further makes of a state. A generator of this kind is linear: each bit of a state has its own share in a
 * later one, and shares are combined by exclusive or. Four words for each of the 128 bits.
 */
type Jump = Int32Array;

const jumps = new Map<number, Jump>();

/** Doubles jumps until they reach so far; some 100 us for each doubling, once. */
function jumpOf(words: number): Jump {
  const known = jumps.get(words);
  if (known) return known;
  const half = words === 1 ? undefined : jumpOf(Math.floor(words / 2));
  const jump = new Int32Array(4 * 128);
  for (let bit = 0; bit < 128; bit++) {
    let state = [0, 1, 2, 3].map((i) => (i === bit >> 5 ? 1 << (bit & 31) : 0)) as unknown as WordState;
    if (half) state = jumped(half, jumped(half, state));
    jump.set(words % 2 === 1 ? nextWordState(state) : state, 4 * bit);
  }
  jumps.set(words, jump);
  return jump;
}

function jumped(jump: Jump, state: WordState): WordState {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let bit = 0; bit < 128; bit++) {
    // All bits of 1, or none: no branch.
    const mask = -((state[bit >> 5]! >>> (bit & 31)) & 1);
    a ^= jump[4 * bit]! & mask;
    b ^= jump[4 * bit + 1]! & mask;
    c ^= jump[4 * bit + 2]! & mask;
    d ^= jump[4 * bit + 3]! & mask;
  }
  return [a, b, c, d];
}

/** The shares of each value of each four bits of a state: a step looks up 32 of them instead of asking 128 bits. */
type JumpTable = Int32Array;

const tables = new Map<number, JumpTable>();

function jumpTable(words: number): JumpTable {
  const known = tables.get(words);
  if (known) return known;
  const jump = jumpOf(words);
  const table = new Int32Array(4 * 32 * 16);
  for (let place = 0; place < 32; place++) {
    for (let value = 1; value < 16; value++) {
      const bit = 31 - Math.clz32(value);
      const [at, rest] = [16 * place + value, 16 * place + (value ^ (1 << bit))];
      for (let word = 0; word < 4; word++)
        table[4 * at + word] = table[4 * rest + word]! ^ jump[4 * (4 * place + bit) + word]!;
    }
  }
  tables.set(words, table);
  return table;
}

function lookedUp(table: JumpTable, state: WordState): WordState {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let word = 0, place = 0; word < 4; word++) {
    for (let bits = state[word]!, i = 0; i < 8; i++, bits >>>= 4, place++) {
      const at = 4 * (16 * place + (bits & 15));
      a ^= table[at]!;
      b ^= table[at + 1]!;
      c ^= table[at + 2]!;
      d ^= table[at + 3]!;
    }
  }
  return [a, b, c, d];
}
