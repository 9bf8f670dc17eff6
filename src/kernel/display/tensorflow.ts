/** TensorFlow's tensors, variables and layered models, recognised by their shape; nothing is disposed. */
import type { DisplayBundle } from '../contracts.ts';
import { Array, Boolean, JSON, Number, String } from '../primordials.ts';
import type { DisplayLimits } from './limits.ts';
import { boundedTable, numberText, shownOf, tableHtml } from './table.ts';
import { clipText, own, read, thrownText } from './values.ts';

/** The part of a tf.Tensor that is read. */
interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly size: number;
  readonly name?: string;
  dataSync(): ArrayLike<unknown>;
}

/** Beyond so many values a tensor's data is not fetched from the native side. */
const mostFetched = 10_000_000;
/** Values shown along one axis of a text; and all in all. */
const mostAlong = 6;
const mostValues = 1000;

/** The display of a tensor: dtype, shape, the first and last values; `undefined` when the value is none. */
export function tensorBundle(value: unknown, limits: DisplayLimits): DisplayBundle | undefined {
  const tensor = asTensor(value);
  if (!tensor) return undefined;
  const { shape, dtype, size, name } = tensor;
  const caption = `${name === undefined ? 'Tensor' : `Variable ${name.slice(0, 100)},`} ${dtype}, shape [${shape.join(', ')}]`;
  const plain = (note: string) => ({ data: { 'text/plain': `${caption}\n${note}` } });
  if (own(value, 'isDisposedInternal') === true) return plain('disposed: it has no values any more');
  if (size > mostFetched) return plain(`${size} values, too many to show; show a slice`);
  let values: (index: number) => unknown;
  try {
    values = valuesOf(tensor);
  } catch (error) {
    return plain(`its values cannot be read: ${thrownText(error)}`);
  }
  const text = `${caption}\n${nested(shape, values)}`;
  const html = tableOf(tensor, caption, values, limits);
  return { data: { ...(html !== undefined && { 'text/html': html }), 'text/plain': text } };
}

function asTensor(value: unknown): TensorLike | undefined {
  const shape = own(value, 'shape');
  if (own(value, 'dataId') === undefined || !Array.isArray(shape)) return undefined;
  const [dtype, size] = [own(value, 'dtype'), own(value, 'size')];
  if (typeof dtype !== 'string' || typeof size !== 'number') return undefined;
  if (typeof read(value, 'dataSync') !== 'function') return undefined;
  if (!shape.every((length) => Number.isInteger(length) && length >= 0)) return undefined;
  if (shape.reduce((product: number, length: number) => product * length, 1) !== size) return undefined;
  const name = own(value, 'name');
  const dataSync = () => (value as TensorLike).dataSync();
  return { shape: shape as number[], dtype, size, dataSync, ...(typeof name === 'string' && { name }) };
}

/** Reads single values; complex numbers lie as pairs. */
function valuesOf(tensor: TensorLike): (index: number) => unknown {
  const data = tensor.dataSync();
  if (tensor.dtype === 'bool') return (index) => Boolean(data[index]);
  if (tensor.dtype === 'complex64') {
    return (index) => `${numberText(Number(data[2 * index]))} + ${numberText(Number(data[2 * index + 1]))}j`;
  }
  return (index) => data[index];
}

/** The values in nested brackets, the middle of long axes left out. */
function nested(shape: readonly number[], value: (index: number) => unknown): string {
  let left = mostValues;
  const write = (axis: number, offset: number, indent: string): string => {
    if (axis === shape.length) {
      left -= 1;
      return textOf(value(offset));
    }
    const stride = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
    const innermost = axis === shape.length - 1;
    const { positions, gap } = shownOf(shape[axis]!, innermost ? 3 * mostAlong : mostAlong);
    const parts: string[] = [];
    for (const [place, position] of positions.entries()) {
      if (place === gap || left <= 0) parts.push('…');
      if (left <= 0) break;
      parts.push(write(axis + 1, offset + position * stride, `${indent} `));
    }
    return `[${parts.join(innermost ? ', ' : `,\n${indent} `)}]`;
  };
  return write(0, 0, '');
}

/** Matrices also show as a table. */
function tableOf(
  { shape, size }: TensorLike,
  caption: string,
  value: (index: number) => unknown,
  limits: DisplayLimits,
): string | undefined {
  if (shape.length !== 2 || size === 0) return undefined;
  const [rows, columns] = shape as [number, number];
  const read = {
    column: (column: number) => column,
    heading: (row: number) => row,
    cell: (row: number, column: number) => value(row * columns + column),
  };
  return tableHtml(boundedTable(caption, { rows, columns }, read, limits));
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'string') return String(value);
  return /^[-\w.]+ \+ [-\w.]+j$/.test(value) ? value : JSON.stringify(value.slice(0, 200));
}

/** The display of a tf.LayersModel: the table its `summary` prints; `undefined` when the value is none. */
export function modelBundle(value: unknown, limits: DisplayLimits): DisplayBundle | undefined {
  const isModel = Array.isArray(own(value, 'layers')) && typeof own(value, '_built') === 'boolean';
  if (!isModel || typeof read(value, 'summary') !== 'function') return undefined;
  const lines: string[] = [];
  const model = value as {
    summary(width?: number, columns?: number[], print?: (line: string) => void): void;
  };
  model.summary(undefined, undefined, (line) => void lines.push(String(line)));
  return { data: { 'text/plain': clipText(lines.join('\n'), limits.text) } };
}
