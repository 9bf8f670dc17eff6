/** Reads a dataset as blocks of rows in typed arrays, pass after pass. */
import { Dataset, type KafkaRecord } from '../../kafka/index.ts';
import type { RowArray } from '../../finite.ts';
import { BatchBuilder, closeAfter } from '../../kafka/codec/batches.ts';
import type { OnBadRecord } from '../../kafka/codec/policy.ts';
import { giveTurn, turnIsDue } from '../../process/index.ts';
import {
  codecOf,
  ROWS_BETWEEN_LOOKS,
  type RowDecoder,
  finiteCodec,
  type LabelledRow,
} from '../rows/labelled-rows.ts';
import type { LabelledRows } from '../rows/evaluation.ts';
import { invalidOption } from '../../options.ts';

/** Rows that can be gone over again and again: a dataset, an array. */
export type Rows<T> = AsyncIterable<T> | Iterable<T>;

/** Where rows come from: records with a decoder, or rows that are decoded already. */
export type RowData =
  | { readonly data: Rows<KafkaRecord>; readonly decode: RowDecoder }
  | { readonly data: Rows<LabelledRow>; readonly decode?: undefined };

/** How blocks are made. */
interface BlockOptions {
  readonly features: number;
  /** Rows in a block; the last one may have fewer. */
  readonly size: number;
  /** Whether rows may hold NaN. */
  readonly gaps: boolean;
  /** What features are decoded to. */
  readonly Values: RowArray;
  readonly onBad?: OnBadRecord | undefined;
  /** Ends waiting for a schema with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called at the end of a pass over a dataset that came to its own end; see `DatasetIterator.isWhole`. */
  readonly onWhole?: (() => void) | undefined;
}

/**
 * One pass over the data, block by block. Each block is new memory. Of bad records it holds back what `onBad` says, which
 * is settled and closed at the end of the pass, also of one that fails.
 *
 * @throws BadRecordError, and what reading the data throws
 */
export async function* blocksOf(
  { data, decode }: RowData,
  { features, size, gaps, Values, onBad, signal, onWhole }: BlockOptions,
): AsyncGenerator<LabelledRows, void, undefined> {
  const codec = finiteCodec(codecOf(decode ?? alreadyDecoded, features), gaps);
  const builder = new BatchBuilder(codec, size, onBad, Values);
  let failed = true;
  try {
    // Rows that are decoded already pass through the same builder in the place of records.
    const chunks = chunksOf(data as Rows<KafkaRecord>);
    for await (const chunk of chunks)
      for (const item of chunk) {
        const full = builder.offer(item, signal);
        if (full === true || (full !== false && (await full))) yield await builder.take();
        else if (builder.crowded) await builder.settle();
        else if (builder.rows % ROWS_BETWEEN_LOOKS === 0 && turnIsDue()) await giveTurn();
      }
    if (builder.rows > 0) yield await builder.take();
    failed = false;
    if (chunks.isWhole) onWhole?.();
  } finally {
    await closeAfter(failed, () => builder.close());
  }
}

/** Records are decoded as they come, so that few of them are alive at once. */
const RECORDS_AT_ONCE = 256;

/** The items in arrays, where the data can give them so: a promise for each record would take as long as half its decoding. */
function chunksOf<T>(data: Rows<T>): Rows<readonly T[]> & { readonly isWhole?: boolean } {
  if (Array.isArray(data)) return [data as readonly T[]];
  if (!(data instanceof Dataset)) return oneByOne(data);
  return (data as Dataset<T>).chunks(RECORDS_AT_ONCE)[Symbol.asyncIterator]();
}

async function* oneByOne<T>(data: Rows<T>): AsyncGenerator<readonly [T], void, undefined> {
  for await (const item of data) yield [item];
}

/** Refuses data that cannot be gone over. */
export function checkRowData(option: string, { data }: Pick<RowData, 'data'>): void {
  const found: unknown = data;
  if (
    typeof found === 'object' &&
    found !== null &&
    (Symbol.asyncIterator in found || Symbol.iterator in found)
  )
    return;
  throw invalidOption(option, found, 'a dataset or another iterable of rows');
}

function alreadyDecoded(item: unknown): LabelledRow {
  const { xs, ys } = (item ?? {}) as Partial<LabelledRow>;
  const isRow = xs instanceof Float64Array || xs instanceof Float32Array;
  if (isRow && typeof ys === 'number') return { xs, ys };
  throw invalidOption(
    'data',
    item,
    'rows of {xs: Float32Array or Float64Array, ys: number}, or a decode function',
  );
}
