/** Python's random numbers: the same draws from the same seed, so that what River draws can be drawn here. */
import type { State, Stateful } from '../../state.ts';
import { fittingRecord } from '../state-record.ts';
import { learnerInput, StateMismatchError } from '../errors.ts';

const WORDS = 624;
/** How far apart the words are of which a new one is made. */
const FAR = 397;

/**
 * CPython's `random.Random(seed)`: the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) with CPython's ways of
 * seeding and sampling. Not for secrets.
 *
 * @example
 * ```ts run
 * const random = new PythonRandom(42);
 * random.random(); // 0.6394267984578837
 * random.below(10); // 0
 * ```
 */
export class PythonRandom implements Stateful {
  readonly kind = 'pythonRandom';
  readonly #words = new Int32Array(WORDS);
  #at = WORDS;

  /**
   * @param seed a whole number from 0 to 2^53 - 1
   * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`)
   */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw learnerInput('PythonRandom', 'seed', seed, 'a whole number from 0 to 2^53 - 1');
    const high = Math.floor(seed / 2 ** 32);
    this.#seed(high === 0 ? [seed | 0] : [seed | 0, high]);
  }

  /** The next number in [0, 1), with 53 random bits. */
  random(): number {
    const a = this.#next() >>> 5;
    const b = this.#next() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  /** The next number between `low` and `high`. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /** The next whole number from 0 to n - 1, for n up to 2^31. */
  below(n: number): number {
    const shift = Math.clz32(n);
    let drawn = this.#next() >>> shift;
    while (drawn >= n) drawn = this.#next() >>> shift;
    return drawn;
  }

  /** `k` different whole numbers from 0 to n - 1, in the order they were drawn. */
  sample(n: number, k: number): Int32Array {
    const drawn = new Int32Array(k);
    // CPython's estimate of what takes less memory; it decides which numbers come out.
    const setSize = 21 + (k > 5 ? 4 ** Math.ceil(logarithm4(k * 3)) : 0);
    if (n <= setSize) {
      const pool = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = 0; i < k; i++) {
        const j = this.below(n - i);
        drawn[i] = pool[j]!;
        pool[j] = pool[n - i - 1]!;
      }
      return drawn;
    }
    const seen = new Set<number>();
    for (let i = 0; i < k; i++) {
      let j = this.below(n);
      while (seen.has(j)) j = this.below(n);
      seen.add(j);
      drawn[i] = j;
    }
    return drawn;
  }

  save(): State {
    return { words: this.#words.slice(), at: this.#at };
  }

  restore(state: State): void {
    const { words, at } = fittingRecord(this.kind, { words: this.#words, at: 0 }, state);
    if (!Number.isInteger(at) || at < 0 || at > WORDS)
      throw new StateMismatchError({ kind: this.kind, problem: `its at is ${at}` });
    this.#words.set(words);
    this.#at = at;
  }

  #next(): number {
    if (this.#at >= WORDS) this.#twist();
    let y = this.#words[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  #twist(): void {
    const words = this.#words;
    for (let i = 0; i < WORDS - FAR; i++) words[i] = words[i + FAR]! ^ twisted(words[i]!, words[i + 1]!);
    for (let i = WORDS - FAR; i < WORDS - 1; i++)
      words[i] = words[i + FAR - WORDS]! ^ twisted(words[i]!, words[i + 1]!);
    words[WORDS - 1] = words[FAR - 1]! ^ twisted(words[WORDS - 1]!, words[0]!);
    this.#at = 0;
  }

  /** `init_by_array` of the reference implementation. */
  #seed(key: readonly number[]): void {
    const words = this.#words;
    words[0] = 19650218;
    for (let i = 1; i < WORDS; i++) words[i] = Math.imul(1812433253, mixed(words[i - 1]!)) + i;
    let i = 1;
    let j = 0;
    for (let k = WORDS; k > 0; k--) {
      words[i] = (words[i]! ^ Math.imul(mixed(words[i - 1]!), 1664525)) + key[j]! + j;
      i = this.#following(i);
      j = (j + 1) % key.length;
    }
    for (let k = WORDS - 1; k > 0; k--) {
      words[i] = (words[i]! ^ Math.imul(mixed(words[i - 1]!), 1566083941)) - i;
      i = this.#following(i);
    }
    words[0] = 0x80000000;
    this.#at = WORDS;
  }

  #following(i: number): number {
    if (i + 1 < WORDS) return i + 1;
    this.#words[0] = this.#words[WORDS - 1]!;
    return 1;
  }
}

/** The first bit of a word and the others of the next, times the twister's matrix. */
function twisted(word: number, next: number): number {
  const y = (word & 0x80000000) | (next & 0x7fffffff);
  return (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
}

function mixed(word: number): number {
  return word ^ (word >>> 30);
}

/** The logarithm to base 4; exact for powers of 4, as CPython's `log(x, 4)` is for those that matter. */
function logarithm4(x: number): number {
  return Math.log(x) / Math.log(4);
}
