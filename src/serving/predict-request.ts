/** Requests for predictions as TensorFlow Serving's clients write them, and the answers they expect. */
import type { RowPredictor } from '../export/index.ts';
import { messageOf } from '../errors.ts';
import { firstInexact, mayBeInexact, whyInexact } from '../exact-json.ts';
import { HttpRefusedError } from './errors.ts';

/** What a request asks for. */
export interface PredictRequest {
  /** `instances` (row format) is answered by `predictions`, `inputs` (column format) by `outputs`. */
  readonly format: 'instances' | 'inputs';
  readonly rows: number;
  readonly xs: Float64Array;
}

/** What rows must be. */
type RowShape = Pick<RowPredictor, 'features' | 'takesMissing'>;

/** The one signature, and its one input: those of an exported SavedModel. */
const SIGNATURE = 'serving_default';
const INPUT = 'rows';

/**
 * Reads the body of a request.
 *
 * @param maxRows rows it may have
 * @throws HttpRefusedError with the status 400 and a sentence for whoever asked
 */
export function readPredictRequest(body: Buffer, shape: RowShape, maxRows: number): PredictRequest {
  const text = body.toString('utf8');
  const { signature_name: signature, instances, inputs, ...others } = objectOf(text);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refused(`The request has ${JSON.stringify(unknown)}, which is not known.`);
  if (signature !== undefined && signature !== '' && signature !== SIGNATURE)
    throw refused(`There is no signature ${JSON.stringify(signature)}; there is ${SIGNATURE}.`);
  if ((instances === undefined) === (inputs === undefined))
    throw refused('The request must have either "instances" or "inputs".');
  const format = instances === undefined ? 'inputs' : 'instances';
  const list = format === 'inputs' ? namedInput(inputs, 'inputs') : instances;
  if (!Array.isArray(list) || list.length === 0)
    throw refused(`"${format}" must be a list of rows, at least one.`);
  if (list.length > maxRows)
    throw refused(`"${format}" has ${list.length} rows; a request may have ${maxRows} at most.`);
  const xs = new Float64Array(list.length * shape.features);
  for (const [row, one] of list.entries())
    readRow(format === 'instances' ? namedInput(one, 'row') : one, row, shape, xs);
  const named = (format === 'inputs' ? [inputs] : list).filter((one) => !Array.isArray(one)).length;
  refuseTwice(text, 1 + named + (signature === undefined ? 0 : 2));
  const inexact = xs.some(mayBeInexact) ? firstInexact(text) : undefined;
  if (inexact !== undefined) throw refused(`"${format}" holds ${whyInexact(inexact)}.`);
  return { format, rows: list.length, xs };
}

/** The answer's body: a list of `outputs` values for each row. */
export function predictAnswer({ format, rows }: PredictRequest, scores: Float32Array): object {
  const outputs = scores.length / rows;
  const all = Array.from({ length: rows }, (_, row) => [
    ...scores.subarray(row * outputs, (row + 1) * outputs),
  ]);
  return format === 'instances' ? { predictions: all } : { outputs: all };
}

function objectOf(body: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (cause) {
    throw refused(`The body is no JSON: ${messageOf(cause)}.`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw refused('The body must be a JSON object with "instances" or "inputs".');
  return parsed as Readonly<Record<string, unknown>>;
}

/**
 * Refuses a name that is there twice, of which `JSON.parse` keeps the last. A request that was read holds no quotes but those
 * around the names and the signature: more of them belong to what was passed over.
 *
 * @param texts names and other texts that were read
 */
function refuseTwice(body: string, texts: number): void {
  let quotes = 0;
  for (let at = body.indexOf('"'); at >= 0; at = body.indexOf('"', at + 1)) quotes++;
  if (quotes > 2 * texts) throw refused('The request gives a name twice, of which one would be passed over.');
}

/** What is given by the name of the input, or without a name. */
function namedInput(value: unknown, where: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value);
  if (names.length !== 1 || names[0] !== INPUT)
    throw refused(
      `The ${where} names ${names.map((name) => JSON.stringify(name)).join(', ') || 'nothing'}; the one input is "${INPUT}".`,
    );
  return (value as Readonly<Record<string, unknown>>)[INPUT];
}

function readRow(values: unknown, row: number, { features, takesMissing }: RowShape, xs: Float64Array): void {
  if (!Array.isArray(values) || values.length !== features) {
    const found = Array.isArray(values) ? `${values.length} values` : described(values);
    throw refused(`Row ${row} (from 0) is ${found}; expected a list of ${features} numbers.`);
  }
  for (let column = 0; column < features; column++) {
    const value: unknown = values[column];
    if (typeof value === 'number' && Number.isFinite(value)) xs[row * features + column] = value;
    else if (value === null && takesMissing) xs[row * features + column] = NaN;
    else {
      const gap = value === null ? ', and the model has nothing that fills gaps' : '';
      throw refused(
        `Row ${row}, column ${column} (both from 0) is ${described(value)}, not a finite number${gap}.`,
      );
    }
  }
}

function described(value: unknown): string {
  // JSON has no infinity: it was written as a number beyond all that there are.
  if (value === Infinity || value === -Infinity) return `${value > 0 ? '' : '-'}1e309 or beyond`;
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

function refused(problem: string): HttpRefusedError {
  return new HttpRefusedError({ status: 400, problem });
}
