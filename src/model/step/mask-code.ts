/**
 * The loop that draws dropout's masks, as WebAssembly written out by hand: four words, or sixteen units, an instruction, which
 * JavaScript itself has no way to say. Needs WebAssembly's 128-bit SIMD, which every Node from 16.4 on has.
 */

/** How many generators are drawn from at once: words of 32 bits in a SIMD register. */
export const GENERATORS = 4;
/** Bytes at the beginning of the memory in which the states of the generators are: all first words, all second ones, ... */
export const STATE_BYTES = 4 * 4 * GENERATORS;
/** Behind a mask up to so many bytes are overwritten, rounded up: masks are written by whole instructions. */
export const MASK_MARGIN = 16;

/** The loop. All addresses are bytes of the memory it was made with. */
export interface MaskCode {
  /**
   * Writes `[rows, size]` bytes, and leaves the states of the generators where it stopped. For each row a block of four words
   * is drawn, whose first one, as a share of 2^32, is added to `rate`: the sum without its fraction is the row's threshold. Then
   * come blocks of 16 bytes until the row is full: 1 where a byte is at least the threshold, else 0.
   *
   * @param to the address of the first byte
   * @param size of a row, and how many `rows`: at least 1 each
   * @param rate from 0 to 256
   */
  masks(to: number, size: number, rows: number, rate: number): void;
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
const float = (value: number): Code => [0x44, ...new Uint8Array(Float64Array.of(value).buffer)];
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
const store = (address: Code, value: Code): Code => [...address, ...value, ...simd(0x0b, 4, 0)];
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
/** The first of four words as a share of 2^32. */
const firstShare = (a: Code): Code => [...a, ...simd(0x1b, 0), 0xb8, ...float(2 ** -32), 0xa2];
/** The whole part of a sum of two numbers that are not below 0. */
const wholeSum = (a: Code, b: Code): Code => [...a, ...b, 0xa0, 0xab];

const [I32, F64, V128] = [0x7f, 0x7c, 0x7b] as const;

function masksCode(): Code {
  const [to, size, rows, rate, rowEnd, threshold, a, b, c, d, word, mixed, one] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
  ] as const;
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
  return [
    ...states.flatMap((word, i) => set(word, ...load(int(16 * i)))),
    ...repeatWhile(
      int(0),
      get(rows),
      ...next,
      ...set(threshold, ...wholeSum(get(rate), firstShare(get(word)))),
      // No byte reaches 256: the whole row is left out.
      ...set(one, ...bytesOf(less(get(threshold), int(256)))),
      ...set(rowEnd, ...plus(get(to), get(size))),
      ...repeatWhile(
        get(to),
        get(rowEnd),
        ...next,
        ...store(get(to), and(atLeast(get(word), bytesOf(get(threshold))), get(one))),
        ...set(to, ...plus(get(to), int(16))),
      ),
      // A row whose size is no multiple of 16 went too far; the next one begins where it ends.
      ...set(to, ...get(rowEnd)),
      ...set(rows, ...minus(get(rows), int(1))),
    ),
    ...states.flatMap((word, i) => store(int(16 * i), get(word))),
  ];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const text = (value: string): Code => [value.length, ...Buffer.from(value)];
  const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
  const code = [...[2, 2, I32, 7, V128], ...masksCode(), 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, ...[0x60, 4, I32, I32, I32, F64, 0]]),
    ...section(2, [1, ...text('streamtrain'), ...text('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('masks'), 0x00, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}
