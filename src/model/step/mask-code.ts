/**
 * The two loops that draw dropout's masks, as WebAssembly written out by hand: four words, or sixteen units, an instruction,
 * which JavaScript itself has no way to say. Needs WebAssembly's 128-bit SIMD, which every Node from 16.4 on has.
 */

/** The loops. All addresses and lengths are bytes of the memory they were made with. */
export interface MaskCode {
  /**
   * Goes on with four xoshiro128** at once, whose states are read from address 0 (all first words, all second ones, ...), and
   * writes the words of each one behind the other: those of generator k from `to + k * length` on.
   *
   * @param length of one generator's words, at least 4
   */
  words(to: number, length: number): void;
  /**
   * Turns bytes, `[rows, size]`, into float32: `scale` where a byte is at least its row's threshold, else 0. Up to 60 bytes
   * behind the floats are overwritten; so many bytes behind `bytes` are read.
   *
   * @param thresholds the address of a byte for each row
   */
  masks(bytes: number, thresholds: number, to: number, size: number, rows: number, scale: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** Makes the loops for a memory. */
export function maskCode(memory: WebAssembly.Memory): MaskCode {
  compiled ??= new WebAssembly.Module(moduleBytes());
  const { exports } = new WebAssembly.Instance(compiled, { streamtrain: { memory } });
  return exports as unknown as MaskCode;
}

type Code = readonly number[];

/** A number below 2^14 as WebAssembly writes it (LEB128, without a sign). */
const leb = (value: number): Code => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7]);
/** A constant from -64 to 63 (LEB128, with a sign). */
const int = (value: number): Code => [0x41, value & 0x7f];
const get = (local: number): Code => [0x20, local];
const set = (local: number, ...value: Code): Code => [...value, 0x21, local];
const simd = (code: number, ...rest: number[]): Code => [0xfd, ...leb(code), ...rest];
const plus = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const minus = (a: Code, b: Code): Code => [...a, ...b, 0x6b];
const times4 = (a: Code): Code => [...a, ...int(2), 0x74];
/** Runs `body` again as long as a < b, both without a sign. */
const repeatWhile = (a: Code, b: Code, ...body: Code): Code => [
  ...[0x03, 0x40, ...body],
  ...[...a, ...b, 0x49, 0x0d, 0, 0x0b],
];

const load = (address: Code): Code => [...address, ...simd(0x00, 4, 0)];
const store = (address: number, offset: number, value: Code): Code => [
  ...get(address),
  ...value,
  ...simd(0x0b, 4, offset),
];
const storeLane = (address: number, value: number, lane: number): Code => [
  ...get(address),
  ...get(value),
  ...simd(0x5a, 2, 0, lane),
];
const and = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x4e)];
const or = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x50)];
const xor = (a: Code, b: Code): Code => [...a, ...b, ...simd(0x51)];
const shiftLeft = (a: Code, bits: number): Code => [...a, ...int(bits), ...simd(0xab)];
const shiftRight = (a: Code, bits: number): Code => [...a, ...int(bits), ...simd(0xad)];
const add = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)];
const rotate = (a: Code, bits: number): Code => or(shiftLeft(a, bits), shiftRight(a, 32 - bits));
/** 8 or 4 whole numbers twice as wide, of the lower or the upper half. */
const wide = (to: 16 | 32, half: 'low' | 'high', a: Code): Code => [
  ...a,
  ...simd((to === 16 ? 0x87 : 0xa7) + Number(half === 'high')),
];

const [I32, F32, V128] = [0x7f, 0x7d, 0x7b] as const;

/** xoshiro128**, as Blackman and Vigna wrote it (2021); the products by 5 and 9 are shifts and sums. */
function wordsCode(): Code {
  const [to0, length, to1, to2, to3, end, a, b, c, d, t] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
  return [
    ...set(to1, ...plus(get(to0), get(length))),
    ...set(to2, ...plus(get(to1), get(length))),
    ...set(to3, ...plus(get(to2), get(length))),
    ...set(end, ...get(to1)),
    ...[a, b, c, d].flatMap((word, i) => set(word, ...load(int(16 * i)))),
    ...repeatWhile(
      get(to0),
      get(end),
      ...set(t, ...add(shiftLeft(get(b), 2), get(b))),
      ...set(t, ...rotate(get(t), 7)),
      ...set(t, ...add(shiftLeft(get(t), 3), get(t))),
      ...[to0, to1, to2, to3].flatMap((to, lane) => [
        ...storeLane(to, t, lane),
        ...set(to, ...plus(get(to), int(4))),
      ]),
      ...set(t, ...shiftLeft(get(b), 9)),
      ...set(c, ...xor(get(c), get(a))),
      ...set(d, ...xor(get(d), get(b))),
      ...set(b, ...xor(get(b), get(c))),
      ...set(a, ...xor(get(a), get(d))),
      ...set(c, ...xor(get(c), get(t))),
      ...set(d, ...rotate(get(d), 11)),
    ),
  ];
}

function masksCode(): Code {
  const [bytes, thresholds, to, size, rows, scale, rowEnd, last, stays, half, least, all] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
  ] as const;
  const put = (offset: number, part: 'low' | 'high') =>
    store(to, offset, and(wide(32, part, get(half)), get(all)));
  return [
    ...set(all, ...get(scale), ...simd(0x13)),
    ...set(last, ...plus(get(thresholds), get(rows))),
    ...repeatWhile(
      get(thresholds),
      get(last),
      ...set(least, ...get(thresholds), 0x2d, 0, 0, ...simd(0x0f)),
      ...set(rowEnd, ...plus(get(bytes), get(size))),
      ...repeatWhile(
        get(bytes),
        get(rowEnd),
        ...set(stays, ...load(get(bytes)), ...get(least), ...simd(0x2c)),
        ...[...set(half, ...wide(16, 'low', get(stays))), ...put(0, 'low'), ...put(16, 'high')],
        ...[...set(half, ...wide(16, 'high', get(stays))), ...put(32, 'low'), ...put(48, 'high')],
        ...set(bytes, ...plus(get(bytes), int(16))),
        ...set(to, ...plus(plus(get(to), int(32)), int(32))),
      ),
      // A row whose size is no multiple of 16 went too far; the next one begins where it ends.
      ...set(to, ...minus(get(to), times4(minus(get(bytes), get(rowEnd))))),
      ...set(bytes, ...get(rowEnd)),
      ...set(thresholds, ...plus(get(thresholds), int(1))),
    ),
  ];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const text = (value: string): Code => [value.length, ...Buffer.from(value)];
  const section = (id: number, content: Code): Code => [id, ...leb(content.length), ...content];
  const body = (locals: Code, code: Code): Code => {
    const all = [...locals, ...code, 0x0b];
    return [...leb(all.length), ...all];
  };
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, ...[0x60, 2, I32, I32, 0], ...[0x60, 6, I32, I32, I32, I32, I32, F32, 0]]),
    ...section(2, [1, ...text('streamtrain'), ...text('memory'), 0x02, 0x00, 1]),
    ...section(3, [2, 0, 1]),
    ...section(7, [2, ...text('words'), 0x00, 0, ...text('masks'), 0x00, 1]),
    ...section(10, [
      2,
      ...body([2, 4, I32, 5, V128], wordsCode()),
      ...body([2, 2, I32, 4, V128], masksCode()),
    ]),
  ]);
}
