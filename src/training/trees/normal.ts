/** The normal distribution: its density and how much of it lies below a value. */

/** Density of the normal distribution at x; 0 where there is no variance. */
export function normalDensity(x: number, mean: number, variance: number): number {
  if (!(variance > 0)) return 0;
  const apart = x - mean;
  return Math.exp((apart * apart) / (-2 * variance)) / Math.sqrt(2 * Math.PI * variance);
}

/** The share of the normal distribution below x; 0 where there is no variance, as River has it. */
export function normalShareBelow(x: number, mean: number, variance: number): number {
  const deviation = Math.sqrt(variance);
  if (!(deviation > 0)) return 0;
  return 0.5 * (1 + errorFunction((x - mean) / (deviation * Math.SQRT2)));
}

/** Points a unit at which the error function is tabled. */
const POINTS = 32;
/** Beyond this it is 1, to the last bit of float64. */
const END = 6;

/**
 * The error function at each point: its value and slope, each as two numbers whose sum has more than float64's digits. The
 * first of the slope is in float32, so that its product with another float32 is exact.
 */
let table: Float64Array | undefined;

/**
 * The error function, rounded correctly but for a few values in ten thousand: weights of leaves are sums of its values, and
 * their last bit decides at which row a leaf is split. Taylor's series from the nearest point of a table, whose first term
 * is carried with twice the digits.
 */
function errorFunction(x: number): number {
  const size = Math.abs(x);
  if (size >= END) return Math.sign(x);
  table ??= Float64Array.from(Array.from({ length: END * POINTS + 1 }, (_, i) => tabled(i)).flat());
  const nearest = Math.round(size * POINTS);
  const value = table[4 * nearest]!;
  const slope = table[4 * nearest + 2]!;
  const slopeRest = table[4 * nearest + 3]!;
  const at = nearest / POINTS;
  const h = size - at;
  const near = Math.fround(h);
  const first = slope * near;
  let small = table[4 * nearest + 1]! + (slope * (h - near) + slopeRest * h);
  let before = 0;
  let term = slope + slopeRest;
  let power = h;
  for (let n = 1; n < 20; n++) {
    const next = -2 * ((at * term) / (n + 1) + ((n - 1) * before) / (n * (n + 1)));
    power *= h;
    before = term;
    term = next;
    const more = term * power;
    small += more;
    if (Math.abs(more) + Math.abs(before * power) < 1e-20) break;
  }
  const sum = value + first;
  return Math.sign(x) * (sum + (first - (sum - value) + small));
}

/** What is tabled at `i / POINTS`: Maclaurin's series in whole numbers of 200 binary digits. */
function tabled(i: number): number[] {
  const square = BigInt(i * i);
  let term = ONE;
  let [value, slope] = [term, term];
  for (let n = 1n; term !== 0n; n++) {
    term = (-term * square) / (BigInt(POINTS * POINTS) * n);
    slope += term;
    value += term / (2n * n + 1n);
  }
  const [slopeFirst, slopeRest] = parted(slope, Math.fround);
  const [valueFirst, valueRest] = parted((value * BigInt(i)) / BigInt(POINTS), (number) => number);
  return [valueFirst, valueRest, slopeFirst, slopeRest];
}

/** Such a number times 2 / sqrt(pi), as a rounded one and what is left. */
function parted(number: bigint, rounded: (value: number) => number): [number, number] {
  const scaled = (number * TWO_BY_ROOT_PI) / 10n ** 40n;
  const first = rounded(Number(scaled) / Number(ONE));
  return [first, Number(scaled - BigInt(first * Number(ONE))) / Number(ONE)];
}

const ONE = 1n << 200n;

/** 2 / sqrt(pi), times 10^40. */
const TWO_BY_ROOT_PI = 11283791670955125738961589031215451716881n;
