/** Decodes a stream of records into mini-batches: one typed array for the features, one for the labels. */
import type { Codec, DecodedRow } from './codec.ts';
import { BadRecordError } from './errors.ts';
import { checkInteger, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { badRecordHandler, decodedOrHandled, type BadRecordHandler, type OnBadRecord } from './policy.ts';
import type { RowArray, RowValues } from '../../finite.ts';
import type { KafkaRecord, Position } from '../record.ts';
import { whenReady } from '../registry/errors.ts';

/** A mini-batch of decoded rows, in the order they were read. */
export interface DecodedBatch<Values extends RowValues = Float32Array> {
  /** Features, float32 unless asked otherwise, `[rows, features]` in row-major order. Its own memory, safe to keep. */
  xs: Values;
  /** Labels, float32, `[rows]`. */
  ys: Float32Array;
  rows: number;
  features: number;
  /** Records that were refused while this batch was filled. */
  bad: number;
  /** The next offset to read for every partition seen since reading began, refused records included. */
  position: Position;
  /** The last record of the batch: where it stands and its time (ms). */
  last: Pick<KafkaRecord, 'topic' | 'partition' | 'offset' | 'timestamp'>;
}

/** Options of {@link decodeBatches}. */
export interface DecodeBatchesOptions {
  /** Rows in a mini-batch; the last one may have fewer. */
  size: number;
  /** What to do with bad records. Default `'throw'`. */
  onBad?: OnBadRecord;
  /** Leave out the last mini-batch when it is not full. Default false. */
  dropRemainder?: boolean;
  /**
   * Decode features to float64. Default false: float32, in which numbers beyond 2^24 (moments in time, say) lose digits.
   * For rows that are scaled before they are learnt.
   */
  float64?: boolean;
  /** Ends waiting for a schema registry with its reason. */
  signal?: AbortSignal;
}

/** Options of {@link decodeRecords}. */
export interface DecodeRecordsOptions {
  /** What to do with bad records. Default `'throw'`. */
  onBad?: OnBadRecord;
  /** Ends waiting for a schema registry with its reason. */
  signal?: AbortSignal;
}

const recordsNames: OptionNames<DecodeRecordsOptions> = { onBad: true, signal: true };
const batchesNames: OptionNames<DecodeBatchesOptions> = {
  ...recordsNames,
  size: true,
  dropRemainder: true,
  float64: true,
};

/** Records one by one, or in chunks as a client hands them over; chunks are faster. */
export type RecordSource =
  | AsyncIterable<KafkaRecord | readonly KafkaRecord[]>
  | Iterable<KafkaRecord | readonly KafkaRecord[]>;

/** So many refused records may wait in memory. */
const mostUnsettled = 1_000;

/**
 * Fills mini-batches record by record: what {@link decodeBatches} and `Dataset.decodeBatch` are built on.
 *
 * @example
 * ```ts
 * const builder = new BatchBuilder(codec, 32);
 * for await (const record of records) if (builder.add(record)) train(await builder.take());
 * ```
 */
export class BatchBuilder<Values extends RowValues = Float32Array> {
  readonly #codec: Codec;
  readonly #size: number;
  readonly #handler: BadRecordHandler;
  readonly #next = new Map<string, Record<string, number>>();
  readonly #Values: RowArray<Values>;
  /** Made for the first row, and given away with a full batch. */
  #xs: Values | undefined;
  #ys: Float32Array | undefined;
  #rows = 0;
  #bad = 0;
  #settled = 0;
  #last: KafkaRecord | undefined;
  #topic = '';
  #partitions: Record<string, number> = {};

  /** @param Values what features are decoded to: `Float32Array` (default) or `Float64Array` */
  constructor(
    codec: Codec,
    size: number,
    onBad?: OnBadRecord,
    Values: RowArray<Values> = Float32Array as unknown as RowArray<Values>,
  ) {
    checkInteger('size', size, { least: 1 });
    this.#codec = codec;
    this.#size = size;
    this.#handler = badRecordHandler(onBad);
    this.#Values = Values;
  }

  /** Good rows waiting. */
  get rows(): number {
    return this.#rows;
  }

  /** Next offsets, refused records included; plain JSON, a copy. */
  get position(): Position {
    return Object.fromEntries([...this.#next].map(([topic, offsets]) => [topic, { ...offsets }]));
  }

  /** Decodes one record; true when the batch is full and must be taken. */
  add(record: KafkaRecord): boolean {
    let good = true;
    const xs = (this.#xs ??= new this.#Values(this.#size * this.#codec.features));
    const ys = (this.#ys ??= new Float32Array(this.#size));
    try {
      this.#codec.decodeInto(record, xs, this.#rows, ys);
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      this.#handler.handle(record, error);
      good = false;
    }
    if (record.topic !== this.#topic) {
      this.#topic = record.topic;
      this.#partitions = this.#next.get(record.topic) ?? {};
      this.#next.set(record.topic, this.#partitions);
    }
    this.#partitions[record.partition] = record.offset + 1;
    if (!good) {
      this.#bad++;
      return false;
    }
    this.#last = record;
    return ++this.#rows === this.#size;
  }

  /** Like {@link add}; a promise where the codec must fetch the record's schema first, which the signal ends with its reason. */
  offer(record: KafkaRecord, signal?: AbortSignal): boolean | Promise<boolean> {
    try {
      return this.add(record);
    } catch (error) {
      return whenReady(error, [signal]).then(() => this.offer(record, signal));
    }
  }

  /** The rows so far as a batch of their own (possibly of no rows), once every refused record is safe. */
  async take(): Promise<DecodedBatch<Values>> {
    const rows = this.#rows;
    const { topic = '', partition = -1, offset = -1, timestamp = -1 } = this.#last ?? {};
    const full = rows === this.#size;
    const xs = this.#xs ?? new this.#Values(0);
    const ys = this.#ys ?? new Float32Array(0);
    const batch: DecodedBatch<Values> = {
      xs: full ? xs : (xs.slice(0, rows * this.#codec.features) as Values),
      ys: full ? ys : ys.slice(0, rows),
      rows,
      features: this.#codec.features,
      bad: this.#bad,
      position: this.position,
      last: { topic, partition, offset, timestamp },
    };
    if (full) this.#xs = this.#ys = undefined;
    this.#rows = 0;
    this.#bad = 0;
    this.#settled = 0;
    this.#last = undefined;
    if (batch.bad > 0) await this.#handler.settle();
    return batch;
  }

  /** Many refused records wait to be made safe, and no batch is full: call {@link settle} to keep memory bounded. */
  get crowded(): boolean {
    return this.#bad - this.#settled >= mostUnsettled;
  }

  /** Waits until every refused record is safe. */
  async settle(): Promise<void> {
    this.#settled = this.#bad;
    await this.#handler.settle();
  }

  /** Settles, and gives back what the handler of bad records holds. To be called at the end of a pass. */
  async close(): Promise<void> {
    this.#settled = this.#bad;
    // Closing settles, too, and knows how long to wait for brokers that are away.
    await (this.#handler.close?.() ?? this.#handler.settle());
  }
}

/**
 * Decodes records into mini-batches of `size` rows. A batch is handed over only after the bad records before its
 * end are safe in the dead-letter topic, so its `position` may be committed. No tensors are made; nothing is kept.
 * Throws `BadRecordError` when `onBad` is `'throw'`. Returns the last position, bad records at the end included.
 *
 * @example
 * ```ts
 * for await (const { xs, ys, rows } of decodeBatches(records, csvCodec({ columns: 9 }), { size: 32, onBad: 'skip' })) {
 *   const features = tf.tensor2d(xs, [rows, 9]); // yours to dispose
 * }
 * ```
 */
export function decodeBatches(
  records: RecordSource,
  codec: Codec,
  options: DecodeBatchesOptions & { readonly float64: true },
): AsyncGenerator<DecodedBatch<Float64Array>, Position, undefined>;
export function decodeBatches(
  records: RecordSource,
  codec: Codec,
  options: DecodeBatchesOptions & { readonly float64?: false },
): AsyncGenerator<DecodedBatch, Position, undefined>;
export async function* decodeBatches(
  records: RecordSource,
  codec: Codec,
  options: DecodeBatchesOptions,
): AsyncGenerator<DecodedBatch<RowValues>, Position, undefined> {
  refuseUnknownOptions('decodeBatches', options, batchesNames);
  const Values = options.float64 === true ? Float64Array : Float32Array;
  const builder = new BatchBuilder<RowValues>(codec, options.size, options.onBad, Values);
  let failed = true;
  try {
    for await (const chunk of records) {
      for (const record of isChunk(chunk) ? chunk : [chunk]) {
        const full = builder.offer(record, options.signal);
        if (full === true || (full !== false && (await full))) yield await builder.take();
      }
      if (builder.crowded) await builder.settle();
    }
    if (builder.rows > 0 && options.dropRemainder !== true) yield await builder.take();
    await builder.settle();
    failed = false;
    return builder.position;
  } finally {
    await closeAfter(failed, () => builder.close());
  }
}

/** A decoded row with the record it came from. */
export interface DecodedRecord extends DecodedRow {
  record: KafkaRecord;
}

/**
 * Decodes records one by one. A row is handed over only after the bad records before it are safe, so each bad record
 * costs a round trip to a dead-letter topic unless records come in chunks; {@link decodeBatches} is the fast way.
 *
 * @example
 * ```ts
 * for await (const { xs, ys, record } of decodeRecords(records, codec, { onBad: 'skip' })) console.log(record.offset, ys);
 * ```
 */
export async function* decodeRecords(
  records: RecordSource,
  codec: Codec,
  options: DecodeRecordsOptions = {},
): AsyncGenerator<DecodedRecord, void, undefined> {
  refuseUnknownOptions('decodeRecords', options, recordsNames);
  const { signal } = options;
  const handler = badRecordHandler(options.onBad);
  let failed = true;
  try {
    for await (const chunk of records) {
      const rows: DecodedRecord[] = [];
      let bad = 0;
      for (const record of isChunk(chunk) ? chunk : [chunk])
        if (
          !(await decodedOrHandled(record, () => rows.push({ ...codec.decode(record), record }), {
            handler,
            signal,
          }))
        )
          bad++;
      if (bad > 0) await handler.settle();
      yield* rows;
    }
    failed = false;
  } finally {
    await closeAfter(failed, () => handler.close?.());
  }
}

/** Closes. After a failure of its own, the work's failure is the one to throw, and that of closing is dropped. */
export async function closeAfter(failed: boolean, close: () => Promise<void> | undefined): Promise<void> {
  try {
    await close();
  } catch (error) {
    if (!failed) throw error;
  }
}

function isChunk(chunk: KafkaRecord | readonly KafkaRecord[]): chunk is readonly KafkaRecord[] {
  return Array.isArray(chunk);
}
