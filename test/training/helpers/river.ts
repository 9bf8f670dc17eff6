/** What River says: the fixtures that scripts/make-river-fixtures.py wrote, and streams it and we draw alike. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { bananasPath, phishingPath } from '../../../src/data/index.ts';
import { PythonRandom } from '../../../src/training/index.ts';

/** One of the files in fixtures/river. */
export function riverFixture<T>(name: string): T {
  const file = new URL(`../fixtures/river/${name}.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as T;
}

/** Rows of numbers and their classes. */
export interface RiverRows {
  readonly xs: number[][];
  readonly ys: number[];
}

// Read at once: tests of a file that waits for a module shared with others would be taken for theirs (scripts/test-together.mjs).
function rowsIn(file: string, label: string): RiverRows {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const at = head.split(',').indexOf(label);
  const rows = lines.map((line) => line.split(',').map(Number));
  return { xs: rows.map((row) => row.toSpliced(at, 1)), ys: rows.map((row) => row[at]!) };
}

/** The rows of River's datasets, in its order: all of Phishing and Bananas, the first 500 of ImageSegments. */
export const riverRows = {
  phishing: rowsIn(phishingPath, 'is_phishing'),
  bananas: rowsIn(bananasPath, 'class'),
  segments: riverFixture<{ segments: RiverRows }>('linear').segments,
};

/** `[rows, value at the first row, value at the last row]` each. */
export type Segments = readonly (readonly [rows: number, first: number, last: number])[];

function segmentValues(segments: Segments): number[] {
  return segments.flatMap(([rows, first, last]) =>
    Array.from({ length: rows }, (_, i) => first + ((last - first) * i) / rows),
  );
}

/** Errors with the rates of the segments. */
export function errorStream(segments: Segments, seed: number): number[] {
  const random = new PythonRandom(seed);
  return segmentValues(segments).map((rate) => Number(random.random() < rate));
}

/** Numbers around the segments' means; every third stream's spread doubles in its second half. */
export function numberStream(segments: Segments, seed: number): number[] {
  const random = new PythonRandom(seed);
  const means = segmentValues(segments);
  return means.map(
    (mean, i) => mean + (random.random() - 0.5) * (seed % 3 === 0 && i >= means.length / 2 ? 4 : 2),
  );
}

/** The greatest difference of two lists of the same length. */
export function greatestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) return Infinity;
  let greatest = 0;
  for (let i = 0; i < one.length; i++) {
    const difference = Math.abs(one[i]! - other[i]!);
    if (!(difference <= greatest)) greatest = difference;
  }
  return greatest;
}
