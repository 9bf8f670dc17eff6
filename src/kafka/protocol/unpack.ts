/** Takes the bytes of an answer apart: batches checked, decompressed, and those of aborted transactions left out. */
import { messageOf } from '../../errors.ts';
import type { AbortedTransaction, FetchedPartition } from './fetch.ts';
import { DamagedBatchError, RecordFormatError, RecordsTooLargeError } from '../read-errors.ts';
import { MissingDecompressorError, OutputTooLargeError } from './compression.ts';
import { BATCH_HEADER } from './record-bytes.ts';
import { isAbortMarker, isIntact, readBatchHeader, RecordReader, type BatchHeader } from './record-batch.ts';

/** How answers are taken in. Sizes in bytes. */
export interface AcceptOptions {
  /** Whether records of aborted transactions are left out. */
  readonly readCommitted: boolean;
  /** Whether the checksum of each batch is compared. */
  readonly checkCrcs: boolean;
  readonly maxRecordBytes?: number;
  /** Unpacking stops once so many bytes wait, at one batch at the least; the rest is fetched again. */
  readonly roomBytes?: number;
}

/** A batch waiting to be read. */
export interface WaitingBatch {
  readonly header: BatchHeader;
  readonly reader: RecordReader;
  readonly bytes: number;
}

/** Undoes a batch's compression. */
export type Decompress = (compression: number, bytes: Buffer) => Promise<Buffer>;

/** A partition, as far as it is read. */
export interface ReadPlace {
  readonly topic: string;
  readonly partition: number;
  /** The offset that was asked for. */
  readonly fetchAt: number;
  /** The first offset no longer wanted. */
  readonly stop: number;
  /** The next offset to hand over. */
  readonly position: number;
  /** Bytes that wait already. */
  readonly bytes: number;
  readonly lastEpoch: number;
}

/** What came out of an answer. */
export interface Unpacked {
  readonly batches: readonly WaitingBatch[];
  /** The offset to fetch next. */
  readonly next: number;
  /** The epoch in which the last batch was written. */
  readonly epoch: number;
  /** Records of aborted transactions that were left out. */
  readonly aborted: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

/**
 * The batches of an answer that hold records for the reader.
 *
 * @throws DamagedBatchError when a checksum does not fit; RecordFormatError when a batch cannot be read;
 *   RecordsTooLargeError when one unpacks to more than is allowed
 */
export async function unpack(
  answer: FetchedPartition,
  place: ReadPlace,
  decompress: Decompress,
  { readCommitted, checkCrcs, maxRecordBytes = Infinity, roomBytes = Infinity }: AcceptOptions,
): Promise<Unpacked> {
  let [next, epoch] = [place.fetchAt, place.lastEpoch];
  let [packedBytes, unpackedBytes] = [0, 0];
  const transactions = new Transactions(place, answer.aborted);
  const batches: WaitingBatch[] = [];
  for (let at = 0; next < place.stop;) {
    const header = readBatchHeader(answer.batches, at);
    if (!header) {
      // Brokers send at least one whole batch or none, so this one is not cut off: its length is wrong.
      if (at === 0 && answer.batches.length > 0) throw damaged(place, next, 'its length is wrong');
      break;
    }
    if (header.magic !== 2)
      throw unreadable(place, header, `message format ${header.magic} is from before Kafka 0.11`);
    if (header.size < BATCH_HEADER) throw damaged(place, header.baseOffset, 'its length is wrong');
    if (checkCrcs && !isIntact(answer.batches, at, header.size))
      throw damaged(place, header.baseOffset, 'its checksum (CRC-32C) does not fit its bytes');
    const isAborted = readCommitted && transactions.isAborted(header, answer.batches, at);
    if (!isAborted && !header.isControl && header.recordCount > 0 && header.lastOffset >= place.position) {
      const packed = answer.batches.subarray(at + BATCH_HEADER, at + header.size);
      if (unpackedBytes > 0 && place.bytes + unpackedBytes >= roomBytes && header.compression !== 0) break;
      const bytes =
        header.compression === 0
          ? packed
          : await unpackOne(place, header, packed, decompress, maxRecordBytes);
      packedBytes += packed.length;
      unpackedBytes += bytes.length;
      const reader = new RecordReader(bytes, header.recordCount, place);
      batches.push({ header, reader, bytes: bytes.length });
    }
    next = Math.max(next, header.lastOffset + 1);
    epoch = header.leaderEpoch;
    at += header.size;
  }
  return { batches, next, epoch, aborted: transactions.records, packedBytes, unpackedBytes };
}

/** Keeps track of the aborted transactions that reach into an answer, as Kafka's own consumer does. */
class Transactions {
  /** Records that were left out. */
  records = 0;
  readonly #place: Name;
  readonly #undecided: AbortedTransaction[];
  readonly #aborting = new Set<number>();

  constructor(place: Name, aborted: readonly AbortedTransaction[]) {
    this.#place = place;
    this.#undecided = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether the records of the batch at `at` belong to an aborted transaction. */
  isAborted(header: BatchHeader, bytes: Buffer, at: number): boolean {
    if (!header.isTransactional) return false;
    const undecided = this.#undecided;
    for (let next = undecided[0]; next && next.firstOffset <= header.lastOffset; next = undecided[0]) {
      this.#aborting.add(next.producerId);
      undecided.shift();
    }
    if (header.isControl) {
      if (this.#isAbort(header, bytes, at)) this.#aborting.delete(header.producerId);
      return false;
    }
    if (!this.#aborting.has(header.producerId)) return false;
    this.records += header.recordCount;
    return true;
  }

  #isAbort(header: BatchHeader, bytes: Buffer, at: number): boolean {
    try {
      return isAbortMarker(bytes, at, header);
    } catch (error) {
      throw unreadable(this.#place, header, 'its control record is damaged', error);
    }
  }
}

async function unpackOne(
  place: ReadPlace,
  header: BatchHeader,
  bytes: Buffer,
  decompress: Decompress,
  maxRecordBytes: number,
): Promise<Buffer> {
  try {
    return await decompress(header.compression, bytes);
  } catch (error) {
    const { topic, partition } = place;
    if (error instanceof OutputTooLargeError)
      throw new RecordsTooLargeError({
        ...{ topic, partition, offset: header.baseOffset },
        ...{ maxRecordBytes, cause: error },
      });
    const name = ['none', 'gzip', 'snappy', 'lz4', 'zstd'][header.compression] ?? String(header.compression);
    const problem =
      error instanceof MissingDecompressorError
        ? `it is compressed with ${name}, and ${error.message}`
        : `its ${name} compression could not be undone (${messageOf(error)}); the bytes are damaged, or of another program`;
    throw unreadable(place, header, problem, error);
  }
}

type Name = Pick<ReadPlace, 'topic' | 'partition'>;

function damaged({ topic, partition }: Name, offset: number, problem: string): DamagedBatchError {
  return new DamagedBatchError({ topic, partition, offset, problem });
}

/** The error for a batch whose records cannot be read. */
export function unreadable(
  { topic, partition }: Name,
  { baseOffset }: BatchHeader,
  problem: string,
  cause?: unknown,
): RecordFormatError {
  return new RecordFormatError({ topic, partition, offset: baseOffset, problem, cause });
}
