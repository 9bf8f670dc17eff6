/**
 * The loop that draws dropout's masks, as WebAssembly written out by hand: four words, or sixteen bytes, an instruction, which
 * JavaScript itself has no way to say. Needs WebAssembly's 128-bit SIMD, which every Node from 16.4 on has.
 */

/** How many generators are drawn from at once: words of 32 bits in a SIMD register. */
export const GENERATORS = 4;
/** Bytes at the beginning of the memory in which the states of the generators are: all first words, all second ones, ... */
export const STATE_BYTES = 4 * 4 * GENERATORS;
/** Behind a mask up to so many bytes are overwritten, rounded up: masks are written by whole instructions. */
export const MASK_MARGIN = 32;

/** The loop. All addresses are bytes of the memory it was made with. */
export interface MaskCode {
  /**
   * Writes `[rows, size]` bytes, and leaves the states of the generators where it stopped. For each row a block of four words
   * is drawn, whose first one is added to `both`, `first` and `either`: the sums, divided by 2^32 and without their fractions, are
   * the row's thresholds. Then come blocks of 16 bytes until the row is full. Each byte decides two units, 16 apart: below the
   * first threshold both are left out, from there to the second the first one is, from there to the third the second one, and
   * else none. 1 stands for a unit that stays, 0 for one that is left out.
   *
   * @param to the address of the first byte
   * @param size of a row, and how many `rows`: at least 1 each
   * @param both the probability that both units are left out, as a number from 0 to 2^40
   * @param first the same that the first one is; not below `both`
   * @param either the same that at least one is; not below `first`
   */
  masks(to: number, size: number, rows: number, both: number, first: number, either: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** Makes the loop for a memory. */
export function maskCode(memory: WebAssembly.Memory): MaskCode {
  compiled ??= new WebAssembly.Module(moduleBytes());
  const { exports } = new WebAssembly.Instance(compiled, { streamtrain: { memory } });
  return exports as unknown as MaskCode;
}

type Code = readonly number[];

/** A number below 2^14 as WebAssembly writes it (LEB128, without a sign). */
const leb = (value: number): Code => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7]);
/** A constant from 0 to 8,191 (LEB128, with a sign). */
const int = (value: number): Code => [0x41, (value & 0x7f) | 0x80, value >> 7];
const get = (local: number): Code => [0x20, local];
const set = (local: number, ...value: Code): Code => [...value, 0x21, local];
const simd = (code: number, ...rest: number[]): Code => [0xfd, ...leb(code), ...rest];
const plus = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const minus = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
/** Without a sign. */
const less = (a: Code, b: Code): Code => [...a, ...b, 0x49];
/** Runs `body` again as long as a < b. */
const repeatWhile = (a: Code, b: Code, ...body: Code): Code => [
  ...[0x03, 0x40, ...body],
  ...[...less(a, b), 0x0d, 0, 0x0b],
];

const load = (address: Code): Code => [...address, ...simd(0x00, 4, 0)];
const store = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...simd(0x0b, 4, offset),
];
const and = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4e)];
const or = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x50)];
const xor = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x51)];
const shiftLeft = (a: Code, bits: number): Code => [...a, ...int(bits), ...simd(0xab)];
const shiftRight = (a: Code, bits: number): Code => [...a, ...int(bits), ...simd(0xad)];
const add = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)];
const rotate = (a: Code, bits: number): Code => or(shiftLeft(a, bits), shiftRight(a, 32 - bits));
/** Sixteen bytes, each the lowest one of a number. */
const bytesOf = (a: Code): Code => [...a, ...simd(0x0f)];
/** All bits of a byte where it is at least the other, without a sign. */
const atLeast = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x2c)];
/** The first of four words, as 64 bits. */
const firstWord = (a: Code): Code => [...a, ...simd(0x1b, 0), 0xad];
/** A float that is not below 0 without its fraction, as 64 bits. */
const whole = (a: Code): Code => [...a, 0xb1];
/** The upper half of the sum of two numbers of 64 bits. */
const upperSum = (a: Code, b: Code): Code => [...a, ...b, 0x7c, 0x42, 32, 0x88, 0xa7];

const [I32, I64, F64, V128] = [0x7f, 0x7e, 0x7c, 0x7b] as const;

function masksCode(): Code {
  const [to, size, rows, both, first, either] = [0, 1, 2, 3, 4, 5] as const;
  const [rowEnd, threshold, chance] = [6, 7, 8] as const;
  const limits = [
    { given: both, rate: 9, least: 12, one: 13 },
    { given: first, rate: 10, least: 14, one: 15 },
    { given: either, rate: 11, least: 16, one: 17 },
  ] as const;
  const [a, b, c, d, word, mixed] = [18, 19, 20, 21, 22, 23] as const;
  const states = [a, b, c, d];
  /** xoshiro128**, as Blackman and Vigna wrote it (2021); the products by 5 and 9 are shifts and sums. */
  const next: Code = [
    ...set(word, ...add(shiftLeft(get(b), 2), get(b))),
    ...set(word, ...rotate(get(word), 7)),
    ...set(word, ...add(shiftLeft(get(word), 3), get(word))),
    ...set(mixed, ...shiftLeft(get(b), 9)),
    ...set(c, ...xor(get(c), get(a))),
    ...set(d, ...xor(get(d), get(b))),
    ...set(b, ...xor(get(b), get(c))),
    ...set(a, ...xor(get(a), get(d))),
    ...set(c, ...xor(get(c), get(mixed))),
    ...set(d, ...rotate(get(d), 11)),
  ];
  /** 1 where a byte reaches a limit. */
  const [reachesBoth, reachesFirst, reachesEither] = limits.map(({ least, one }) =>
    and(atLeast(get(word), get(least)), get(one)),
  ) as [Code, Code, Code];
  return [
    ...states.flatMap((word, i) => set(word, ...load(int(16 * i)))),
    ...limits.flatMap(({ given, rate }) => set(rate, ...whole(get(given)))),
    ...repeatWhile(
      int(0),
      get(rows),
      ...next,
      ...set(chance, ...firstWord(get(word))),
      ...limits.flatMap(({ rate, least, one }) => [
        ...set(threshold, ...upperSum(get(rate), get(chance))),
        ...set(least, ...bytesOf(get(threshold))),
        // No byte reaches 256.
        ...set(one, ...bytesOf(less(get(threshold), int(256)))),
      ]),
      ...set(rowEnd, ...plus(get(to), get(size))),
      ...repeatWhile(
        get(to),
        get(rowEnd),
        ...next,
        ...store(get(to), reachesFirst),
        // It stays where none of the limits is reached but the first, or all of them.
        ...store(get(to), xor(xor(reachesBoth, reachesFirst), reachesEither), 16),
        ...set(to, ...plus(get(to), int(32))),
      ),
      // A row whose size is no multiple of 32 went too far; the next one begins where it ends.
      ...set(to, ...get(rowEnd)),
      ...set(rows, ...minus(get(rows), int(1))),
    ),
    ...states.flatMap((word, i) => store(int(16 * i), get(word))),
  ];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const text = (value: string): Code => [value.length, ...Buffer.from(value)];
  const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
  const code = [...[3, 2, I32, 4, I64, 12, V128], ...masksCode(), 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, ...[0x60, 6, I32, I32, I32, F64, F64, F64, 0]]),
    ...section(2, [1, ...text('streamtrain'), ...text('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('masks'), 0x00, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}
