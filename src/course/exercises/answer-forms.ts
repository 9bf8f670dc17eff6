/**
 * The forms in which a learner may hand in a number, a share, a list, a matrix or a text; each is read as one value;
 * and rows that a model has judged, from which a check computes the truth itself.
 */

type TypedNumbers =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const WITH_THOUSANDS = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;

/**
 * A number, from a number, bigint or text (`'0'`, `' 5,592 '`, also as a `Buffer`), or from the only value of a tensor, a
 * Series or a typed array. `undefined` for what is none, `NaN` among it.
 */
export function numberOf(answer: unknown): number | undefined {
  const value = onlyValueOf(answer);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value;
  if (typeof value !== 'string') return undefined;
  const text = plainText(value);
  if (text === 'Infinity' || text === '∞') return Infinity;
  if (NUMBER.test(text)) return Number(text);
  return WITH_THOUSANDS.test(text) ? Number(text.replaceAll(',', '')) : undefined;
}

/** A share between 0 and 1, also from percent: `0.927`, `92.7` and `'92.7 %'` are one answer. */
export function shareOf(answer: unknown): number | undefined {
  const value = onlyValueOf(answer);
  const percent = typeof value === 'string' ? /^(.*?)\s*(?:%|percent)$/i.exec(plainText(value)) : null;
  const number = numberOf(percent ? percent[1] : value);
  if (number === undefined || number < 0 || number > 100) return undefined;
  return percent || number > 1 ? number / 100 : number;
}

/** A list of numbers, from an array of whatever {@link numberOf} reads, a typed array, a tensor, a Series or `'6, 8'`. */
export function listOf(answer: unknown): number[] | undefined {
  const plain = unwrapped(answer);
  const members = typeof plain === 'string' ? listInText(plain) : plain;
  if (!Array.isArray(members) && !isTypedNumbers(members)) return undefined;
  const numbers: number[] = [];
  // This loop visits the holes of an array, which map() and every() pass over.
  for (const member of members as Iterable<unknown>) {
    const number = Array.isArray(member) ? undefined : numberOf(member);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  return numbers;
}

/** `size` rows of `size` counts, from nested or typed arrays, a tensor, a DataFrame or JSON text. */
export function matrixOf(answer: unknown, size: number): number[][] | undefined {
  const plain = unwrapped(answer);
  const value = typeof plain === 'string' ? jsonIn(plain) : plain;
  if (!Array.isArray(value) || value.length !== size) return undefined;
  const rows = Array.from<unknown, number[] | undefined>(value, (row) =>
    typeof unwrapped(row) === 'string' ? undefined : listOf(row),
  );
  const isCounts = (row: number[] | undefined): row is number[] =>
    row?.length === size && row.every((count) => Number.isInteger(count) && count >= 0);
  return rows.every(isCounts) ? rows : undefined;
}

/** A word or name without blanks around it, in lower case, with `-` for what may stand between its parts; also from bytes. */
export function wordOf(answer: unknown): string | undefined {
  const bytes = answer instanceof Uint8Array ? Buffer.from(answer).toString('utf8') : answer;
  const value = onlyValueOf(bytes);
  if (typeof value !== 'string') return undefined;
  return plainText(value)
    .toLowerCase()
    .replace(/[\s_-]+/g, '-');
}

/** True for a number no farther than `tolerance` from `expected`. */
export function isNear(number: number | undefined, expected: number, tolerance: number): boolean {
  return number !== undefined && Math.abs(number - expected) <= tolerance;
}

/** True for the same numbers in the same order. */
export function isSameList(numbers: readonly number[] | undefined, expected: readonly number[]): boolean {
  return numbers?.length === expected.length && expected.every((number, place) => number === numbers[place]);
}

/** A value out of its box: `new Number(1)`, a record's bytes, a tensor's numbers, the values of a Series or DataFrame. */
function unwrapped(answer: unknown): unknown {
  if (Buffer.isBuffer(answer)) return answer.toString('utf8');
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer) || ArrayBuffer.isView(answer))
    return answer;
  if (answer instanceof Number || answer instanceof String) return answer.valueOf();
  const box = answer as { arraySync?: unknown; values?: unknown; shape?: unknown };
  if (typeof box.arraySync === 'function') return (box.arraySync as () => unknown).call(answer);
  return Array.isArray(box.shape) && typeof box.values === 'object' ? box.values : answer;
}

/** The value itself, or the only one in a box; a plain array is no box. */
function onlyValueOf(answer: unknown): unknown {
  const value = unwrapped(answer);
  const members = isTypedNumbers(value) ? [...value] : value;
  const isBox = Array.isArray(members) && !Array.isArray(answer);
  return isBox && members.length === 1 ? (members as unknown[])[0] : value;
}

function isTypedNumbers(value: unknown): value is TypedNumbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Without blanks and quotation marks around it, and with digits and signs in their plain form. */
function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .trim()
    .replace(/^(["'`])(.*)\1$/s, '$2')
    .trim();
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The members of `'[6, 8]'`, `'6, 8'` or `'6 8'`; a text of one number is a list only in brackets. */
function listInText(text: string): string[] | undefined {
  const plain = plainText(text);
  const inside = /^\[(.*)\]$/s.exec(plain)?.[1];
  const members = (inside ?? plain).split(/\s*[,;]\s*|\s+/).filter((each) => each !== '');
  return inside === undefined && members.length < 2 ? undefined : members;
}

/** The truths, 0 or 1, and the probabilities of class 1, as `evaluateClassifier` gives them. */
export interface JudgedRows {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

/**
 * Reads them from what a check was given.
 *
 * @returns `undefined` when they are no such rows, or none at all
 */
export function judgedRowsOf(value: unknown): JudgedRows | undefined {
  const given = (value ?? {}) as { labels?: unknown; scores?: unknown };
  const [labels, scores] = [listOf(given.labels), listOf(given.scores)];
  if (!labels || !scores || labels.length === 0 || labels.length !== scores.length) return undefined;
  const isFine =
    labels.every((label) => label === 0 || label === 1) && scores.every((score) => score >= 0 && score <= 1);
  return isFine ? { labels, scores } : undefined;
}

/** How often each class was taken for each at a threshold: `[actual][predicted]`. */
export function confusionAt({ labels, scores }: JudgedRows, threshold: number): number[][] {
  const matrix = [
    [0, 0],
    [0, 0],
  ];
  for (const [row, label] of labels.entries()) matrix[label]![scores[row]! > threshold ? 1 : 0]!++;
  return matrix;
}

/** The share of the rows of class 1 that is found at a threshold; `NaN` where there are none. */
export function recallAt(rows: JudgedRows, threshold: number): number {
  const [, [missed = 0, found = 0] = []] = confusionAt(rows, threshold);
  return found / (missed + found);
}

/**
 * The share of texts with an id above `above` whose class a model had right, of rows `{ id, ys, probability }` as chapter 9
 * collects them.
 *
 * @returns `undefined` when they are no such rows, or none has such an id
 */
export function shareRightOf(value: unknown, above: number): number | undefined {
  if (!Array.isArray(value)) return undefined;
  const rows = value as { id?: unknown; ys?: unknown; probability?: unknown }[];
  const asked = rows.filter((row) => typeof row?.id === 'number' && row.id > above);
  const isRight = (row: (typeof rows)[number]) => Number(row.probability) > 0.5 === (row.ys === 1);
  return asked.length === 0 ? undefined : asked.filter(isRight).length / asked.length;
}
