/** Makes batches of what waits in a lane: merged, encoded, compressed, and cut where a broker refused them as they were. */

import { messageOf } from '../../../errors.ts';
import type { ProducerSettings } from '../../settings/settings.ts';
import { compressorFor } from '../../protocol/compression.ts';
import type { Compressor } from '../../protocol/compression.ts';
import { encodeChunks, withCompressed } from '../../protocol/record-batch.ts';
import { BATCH_HEADER } from '../../protocol/record-bytes.ts';
import { batchOf, halvesOf } from './delivery.ts';
import type { LaneBatch, Part } from './delivery.ts';
import type { Lane } from './lane.ts';

/** Batches are merged up to so many bytes, whatever the limit of a request: the usual limit of topics. */
export const MERGED_BYTES = 1024 * 1024;
/** ... and up to so many times `batchBytes`: a reader under a quota never gets a batch larger than its quota's window. */
const MERGED_BATCHES = 4;
/** Bytes of a request beside its batches, at most: its head, and the place of each batch. */
export const REQUEST_HEAD = 300;
/** Batches share the fate of their last record; their deadlines lie within this part of the delivery's time. */
const DEADLINE_SPAN = 0.1;

/** Makes the batches of one producer. */
export class BatchMaker {
  readonly #settings: ProducerSettings;
  readonly #onReady: () => void;
  readonly #onBroken: (problem: string, error: unknown) => void;
  readonly #compressor: Compressor | undefined;

  /** `onReady` is called when a batch that had to be compressed can be sent, `onBroken` when one cannot be made. */
  constructor(
    settings: ProducerSettings,
    onReady: () => void,
    onBroken: (problem: string, error: unknown) => void,
  ) {
    this.#settings = settings;
    this.#onReady = onReady;
    this.#onBroken = onBroken;
    this.#compressor = compressorFor(settings.compression);
  }

  /** Compressing takes its time off the main thread: some batches are made before they can be sent. */
  prepare(lane: Lane): void {
    if (this.#compressor === undefined) return;
    while (lane.ahead < this.#settings.maxInFlight && this.gather(lane));
  }

  /** Makes one batch of what waits; says whether anything did. */
  gather(lane: Lane): boolean {
    const { maxRequestBytes, batchBytes, deliveryTimeout } = this.#settings;
    const limit = Math.min(maxRequestBytes - REQUEST_HEAD, MERGED_BYTES, MERGED_BATCHES * batchBytes);
    const batch = lane.gather(limit - BATCH_HEADER, deliveryTimeout * DEADLINE_SPAN);
    if (batch !== undefined) this.#encode(lane, batch);
    return batch !== undefined;
  }

  #encode(lane: Lane, batch: LaneBatch): void {
    const plain = encodeChunks(batch.parts);
    if (plain.bytes.length > this.#settings.maxRequestBytes && batch.records > 1) {
      // Letters of other scripts take more bytes than were reckoned with.
      this.split(lane, batch, plain.bytes.length);
      return;
    }
    const compressor = this.#compressor;
    if (compressor === undefined) return void (batch.encoded = plain);
    compressor.compress(plain.bytes.subarray(BATCH_HEADER)).then(
      (compressed) => {
        const smaller = compressed.length < plain.bytes.length - BATCH_HEADER;
        batch.encoded = smaller ? withCompressed(plain, compressed, compressor.codec) : plain;
        this.#onReady();
      },
      (error: unknown) => this.#onBroken(`compressing failed: ${messageOf(error)}`, error),
    );
  }

  /** The batch is too large, as are others of its size: halves take its place. */
  split(lane: Lane, batch: LaneBatch, bytes = lengthOf(batch)): void {
    const limit = Math.ceil(bytes / 2);
    lane.limit = Math.min(lane.limit, limit);
    this.replace(lane, batch, halvesOf(batch.parts));
  }

  /** These take the batch's place. */
  replace(lane: Lane, batch: LaneBatch, pieces: readonly (readonly Part[])[]): void {
    const batches = pieces.map(batchOf);
    lane.split(batch, batches);
    for (const one of batches) this.#encode(lane, one);
  }
}

const lengthOf = ({ parts }: LaneBatch): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);
