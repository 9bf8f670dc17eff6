/** The steps that make mini-batches: so many items, or so many decoded records, become one item of tensors. */
import type { OptionNames } from '../../options.ts';
import type { Tensor, Tensor2D } from '../../tensor-types.ts';
import { tensorflow } from '../../tensorflow.ts';
import { BatchBuilder } from '../codec/batches.ts';
import type { Codec, DecodedRow } from '../codec/codec.ts';
import type { OnBadRecord } from '../codec/policy.ts';
import { BatchShapeError } from '../read-errors.ts';
import { chain, HeldEnds, StepWait, type MaybePromise, type Puller } from '../read/pull.ts';
import type { KafkaRecord } from '../record.ts';
import { disposeLeftOut, isTensor } from './tensors.ts';

/** Options of `Dataset.batch`. */
export interface BatchOptions {
  /** Leave out the last mini-batch if it is short (default false). */
  dropRemainder?: boolean;
}

/** Options of `Dataset.decodeBatch`. */
export interface DecodeBatchOptions extends BatchOptions {
  /** What to do with bad records. Default `'throw'`. */
  onBad?: OnBadRecord;
}

/** Every option of {@link BatchOptions}. */
export const batchNames: OptionNames<BatchOptions> = { dropRemainder: true };
/** Every option of {@link DecodeBatchOptions}. */
export const decodeBatchNames: OptionNames<DecodeBatchOptions> = { ...batchNames, onBad: true };

/** Typed arrays that stack into a tensor; a `Buffer` does not count, it is a record's bytes. */
export type NumberArray =
  | readonly number[]
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Uint16Array;

/**
 * What `batch(n)` makes of an item of type `T`: numbers become a column `[n, 1]`, arrays of k numbers a matrix
 * `[n, k]`, tensors are stacked along a new first axis, objects and tuples keep their structure, and all else
 * (text, bytes, dates, null) becomes a plain array of n values.
 */
export type Batched<T> = T extends number | boolean
  ? Tensor2D
  : T extends Buffer
    ? T[]
    : T extends NumberArray
      ? Tensor2D
      : T extends Tensor
        ? Tensor
        : T extends readonly (readonly number[])[]
          ? Tensor
          : T extends string | Date | null | undefined
            ? T[]
            : T extends object
              ? { [K in keyof T]: Batched<T[K]> }
              : T[];

/** Gathers `size` items (fewer at the end, unless `dropRemainder`) and stacks them. */
export function batched<T>(above: Puller<T>, size: number, dropRemainder: boolean): Puller<Batched<T>> {
  // Asking again after the end would make a stream wait out its silence a second time.
  let ended = false;
  const ends = new HeldEnds(above);
  let came: (readonly AbortSignal[])[] = [];
  const gather = (items: T[]): MaybePromise<readonly T[]> => {
    const keep = (more: readonly T[] | undefined): void => {
      if (more) for (const item of more) items.push(item);
      if (more) came.push(ends.arriving);
      else ended = true;
    };
    while (!ended && items.length < size) {
      const got = above.pull(size - items.length);
      if (got instanceof Promise) {
        return got.then((more) => {
          keep(more);
          return gather(items);
        });
      }
      keep(got);
    }
    return items;
  };
  return {
    ends,
    pull: () =>
      chain(gather([]), (items) => {
        ends.give(came);
        came = [];
        const short = dropRemainder && items.length < size;
        if (short) for (const item of items) disposeLeftOut(item, undefined);
        return items.length === 0 || short ? undefined : [stack(items)];
      }),
    close: () => above.close(),
  };
}

/**
 * Stacks items into one item of tensors; see {@link Batched}. Tensors in the items are disposed.
 *
 * @throws {@link BatchShapeError} (`ST_KAFKA_BATCH_SHAPE`) when the items differ in shape
 */
function stack<T>(items: readonly T[]): Batched<T> {
  const made: Tensor[] = [];
  try {
    return stackAt(items, '', made) as Batched<T>;
  } catch (error) {
    for (const tensor of made) tensor.dispose();
    throw error;
  }
}

function stackAt(items: readonly unknown[], path: string, made: Tensor[]): unknown {
  const first = items[0];
  const keep = <K extends Tensor>(tensor: K): K => {
    made.push(tensor);
    return tensor;
  };
  if (typeof first === 'number' || typeof first === 'boolean') return keep(column(items, path));
  if (isTensor(first)) return keep(stackTensors(items, path));
  if (ArrayBuffer.isView(first) && !Buffer.isBuffer(first)) return keep(matrix(items, path));
  if (Array.isArray(first)) {
    if (numericLeaves(first)) return keep(matrix(items, path));
    return first.map((_, i) => stackAt(members(items, path, String(i), first.length), `${path}[${i}]`, made));
  }
  if (!isPlainObject(first)) return [...items];
  const stacked = Object.keys(first).map(
    (key) => [key, stackAt(members(items, path, key), path === '' ? key : `${path}.${key}`, made)] as const,
  );
  return Object.fromEntries(stacked);
}

/** The member `key` of every item, all of which must have it. */
function members(items: readonly unknown[], path: string, key: string, length?: number): unknown[] {
  return items.map((item, i) => {
    if (typeof item !== 'object' || item === null || !(key in item)) {
      throw new BatchShapeError({ path, item: i, expected: `a member "${key}"`, found: 'none' });
    }
    if (length !== undefined && (item as unknown[]).length !== length) {
      const found = `${(item as unknown[]).length}`;
      throw new BatchShapeError({ path, item: i, expected: `${length} members`, found });
    }
    return (item as Record<string, unknown>)[key];
  });
}

function column(items: readonly unknown[], path: string): Tensor2D {
  const boolean = typeof items[0] === 'boolean';
  const values = boolean ? new Uint8Array(items.length) : new Float32Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const value = items[i];
    if (typeof value !== typeof items[0]) {
      const [expected, found] = [`a ${typeof items[0]}`, `a ${typeof value}`];
      throw new BatchShapeError({ path, item: i, expected, found });
    }
    values[i] = Number(value);
  }
  return tensorflow().tensor2d(values, [items.length, 1], boolean ? 'bool' : 'float32');
}

function stackTensors(items: readonly unknown[], path: string): Tensor {
  const tensors = items.map((item, i) => {
    if (!isTensor(item))
      throw new BatchShapeError({ path, item: i, expected: 'a tensor', found: typeof item });
    return item;
  });
  const shape = tensors[0]?.shape.join(',');
  const odd = tensors.findIndex((tensor) => tensor.shape.join(',') !== shape);
  if (odd >= 0) {
    const found = `shape [${tensors[odd]?.shape.join(',')}]`;
    throw new BatchShapeError({ path, item: odd, expected: `shape [${shape}]`, found });
  }
  const stacked = tensorflow().stack(tensors);
  for (const tensor of new Set(tensors)) tensor.dispose();
  return stacked;
}

/** Rows of numbers, flat or nested, into one tensor through one typed array. */
function matrix(items: readonly unknown[], path: string): Tensor {
  const first = items[0];
  const shape = shapeOf(first);
  const rowSize = shape.reduce((product, side) => product * side, 1);
  const integers =
    ArrayBuffer.isView(first) && !(first instanceof Float32Array || first instanceof Float64Array);
  const values = integers ? new Int32Array(items.length * rowSize) : new Float32Array(items.length * rowSize);
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const found = Array.isArray(item) || ArrayBuffer.isView(item) ? shapeOf(item) : undefined;
    if (!found || found.length !== shape.length || found.some((side, axis) => side !== shape[axis])) {
      const isShape = found ? `shape [${found.join(',')}]` : typeof item;
      throw new BatchShapeError({
        ...{ path, item: i, expected: `shape [${shape.join(',')}]`, found: isShape },
      });
    }
    const row = shape.length === 1 ? item : (item as unknown[]).flat(shape.length - 1);
    values.set(row as ArrayLike<number>, i * rowSize);
  }
  return tensorflow().tensor(values, [items.length, ...shape], integers ? 'int32' : 'float32');
}

function shapeOf(value: unknown): number[] {
  if (ArrayBuffer.isView(value)) return [(value as Float32Array).length];
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}

function numericLeaves(value: unknown): boolean {
  if (Array.isArray(value))
    return (
      value.length > 0 &&
      numericLeaves(value[0]) &&
      value.every((v) => Array.isArray(v) === Array.isArray(value[0]))
    );
  return typeof value === 'number';
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What the step needs to know. */
interface DecodedBatchesOptions {
  readonly size: number;
  readonly dropRemainder: boolean;
  readonly onBad: OnBadRecord | undefined;
}

/** Gathers `size` good rows into one matrix and one column. */
export function decodedBatches(
  above: Puller<KafkaRecord>,
  codec: Codec,
  { size, dropRemainder, onBad }: DecodedBatchesOptions,
): Puller<Batched<DecodedRow>> {
  const builder = new BatchBuilder(codec, size, onBad);
  const wait = new StepWait(above);
  let closing: Promise<void> | undefined;

  async function take(): Promise<readonly Batched<DecodedRow>[]> {
    const { xs, ys, rows, features } = await builder.take();
    const tf = tensorflow();
    return [{ xs: tf.tensor2d(xs, [rows, features]), ys: tf.tensor2d(ys, [rows, 1]) }];
  }

  /** Whether the pass goes on: it may be closed while a schema is waited for. */
  function offer(record: KafkaRecord): true | Promise<boolean> {
    try {
      builder.add(record);
      return true;
    } catch (error) {
      return wait.onceReady(error, () => offer(record)).then((goesOn) => goesOn === true);
    }
  }

  async function pull(): Promise<readonly Batched<DecodedRow>[] | undefined> {
    for (;;) {
      const got = above.pull(size - builder.rows);
      const records = got instanceof Promise ? await got : got;
      if (!records) break;
      for (const record of records) {
        const offered = offer(record);
        if (offered !== true && !(await offered)) return undefined;
      }
      if (builder.rows === size) return take();
      if (builder.crowded) await builder.settle();
    }
    if (builder.rows > 0 && !dropRemainder) return take();
    await builder.settle();
    return undefined;
  }

  return {
    pull,
    get ends() {
      return above.ends;
    },
    close: () => {
      wait.end();
      closing ??= above.close().then(() => builder.close());
      return closing;
    },
  };
}
