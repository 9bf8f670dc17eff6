/** The idempotent producer: several requests in flight, each record once, whatever connections and brokers do. */

import { messageOf } from '../../../errors.ts';
import type { BatchReceipt, KafkaProducer, OutgoingRecord } from '../client.ts';
import { mayRetry } from '../kafkajs/failures.ts';
import type { KafkaLink } from '../kafkajs/link.ts';
import { compressorFor } from '../compression.ts';
import type { Compressor } from '../compression.ts';
import { produceCall } from './produce.ts';
import { produceFault } from './produce-faults.ts';
import { deliveryError, halvesOf, newDelivery, settlePart } from './producer-delivery.ts';
import { Lane } from './producer-lane.ts';
import type { LaneBatch, ProducerIdentity } from './producer-lane.ts';
import { LeaderMap } from './producer-leaders.ts';
import { BATCH_HEADER, encodeRecords, withCompressed } from '../record-batch.ts';
import { KafkaClosedError } from '../../errors.ts';
import type { DeliveryError } from '../../errors.ts';
import type { ProducerSettings } from '../../settings/settings.ts';

/** A request carries at most so many bytes, but always one batch. */
const REQUEST_BYTES = 1024 * 1024;

interface Sent {
  readonly lane: Lane;
  readonly batch: LaneBatch;
}

/** Producer over one {@link KafkaLink}; made by `KafkaClient.producer()`. */
export class LinkedProducer implements KafkaProducer {
  readonly #link: KafkaLink;
  readonly #settings: ProducerSettings;
  readonly #identity: ProducerIdentity;
  readonly #compressor: Compressor | undefined;
  readonly #leaders: LeaderMap;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with something to send. */
  readonly #waiting = new Set<Lane>();
  readonly #requests = new Map<number, number>();
  readonly #idle: (() => void)[] = [];
  #pending = 0;
  #pumping = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;
  #closed = false;
  #lastFailure: unknown;
  #broken: { type: string; problem: string; cause: unknown } | undefined;

  constructor(link: KafkaLink, settings: ProducerSettings, identity: ProducerIdentity) {
    this.#link = link;
    this.#settings = settings;
    this.#identity = identity;
    this.#compressor = compressorFor(settings.compression);
    this.#leaders = new LeaderMap(link);
  }

  /** Asks the cluster for an identity (when idempotent) and makes a producer of it. */
  static async open(link: KafkaLink, settings: ProducerSettings): Promise<LinkedProducer> {
    compressorFor(settings.compression);
    if (!settings.idempotent) {
      await link.connect();
      return new LinkedProducer(link, settings, { producerId: -1n, producerEpoch: -1 });
    }
    const { producerId, producerEpoch } = await link.retrying('asking for a producer id', async () => {
      const broker = await link.any();
      return link.guarded(broker, () => broker.initProducerId({ transactionTimeout: 60_000 }));
    });
    return new LinkedProducer(link, settings, { producerId: BigInt(producerId), producerEpoch });
  }

  async send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<BatchReceipt> {
    if (this.#closed) throw new KafkaClosedError('This producer');
    if (this.#broken !== undefined) {
      const { type, problem, cause } = this.#broken;
      throw deliveryError(
        { topic, partition },
        records,
        type,
        `an earlier failure ended this producer: ${problem}`,
        cause,
      );
    }
    if (records.length === 0) return { topic, partition, records: 0, firstOffset: -1 };
    return new Promise<BatchReceipt>((resolve, reject) => {
      const delivery = newDelivery(records.length, resolve, reject);
      const deadline = Date.now() + this.#settings.deliveryTimeout;
      const batch: LaneBatch = { records, delivery, deadline, encoded: undefined, sequence: undefined };
      const lane = this.#lane(topic, partition);
      this.#pending++;
      lane.add(batch);
      this.#encode(lane, batch);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  async flush(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    clearTimeout(this.#timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #lane(topic: string, partition: number): Lane {
    const key = `${partition}/${topic}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, (lane = new Lane(topic, partition)));
    return lane;
  }

  #encode(lane: Lane, batch: LaneBatch): void {
    const plain = encodeRecords(batch.records, Date.now());
    this.#waiting.add(lane);
    if (this.#compressor === undefined) {
      batch.encoded = plain;
      this.#pumpSoon();
      return;
    }
    const compressor = this.#compressor;
    const body = plain.bytes.subarray(BATCH_HEADER);
    compressor.compress(body).then(
      (compressed) => {
        batch.encoded = withCompressed(plain, compressed, compressor.codec);
        this.#pumpSoon();
      },
      (error: unknown) => this.#break('COMPRESSION', `compressing failed: ${messageOf(error)}`, error),
    );
  }

  /** Runs the pump once the running code is done, or after `wait` ms. */
  #pumpSoon(wait = 0): void {
    if (wait > 0) {
      const at = Date.now() + wait;
      if (this.#timer !== undefined && this.#timerAt <= at) return;
      clearTimeout(this.#timer);
      this.#timerAt = at;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#pump();
      }, wait);
    } else if (!this.#pumping) {
      this.#pumping = true;
      queueMicrotask(() => this.#pump());
    }
  }

  /** Sends whatever may be sent now: one request after the other, each with at most one batch of a lane. */
  #pump(): void {
    this.#pumping = false;
    for (;;) {
      const requests = this.#gather(Date.now());
      if (requests.size === 0) return;
      for (const [leader, sent] of requests) void this.#request(leader, sent);
    }
  }

  #gather(now: number): ReadonlyMap<number, readonly Sent[]> {
    const requests = new Map<number, Sent[]>();
    const sizes = new Map<number, number>();
    for (const lane of [...this.#waiting]) {
      const batch = this.#sendable(lane, now);
      const leader = batch && this.#leaderOf(lane);
      if (batch?.encoded === undefined || leader === undefined) continue;
      if ((this.#requests.get(leader) ?? 0) >= this.#settings.maxInFlight) continue;
      const size = sizes.get(leader) ?? 0;
      if (size > 0 && size + batch.encoded.bytes.length > REQUEST_BYTES) continue;
      sizes.set(leader, size + batch.encoded.bytes.length);
      requests.set(leader, [
        ...(requests.get(leader) ?? []),
        { lane, batch: lane.take(batch, this.#identity) },
      ]);
      // To the end of the line, so that every lane gets its turn.
      this.#waiting.delete(lane);
      if (lane.hasUnsent) this.#waiting.add(lane);
    }
    return requests;
  }

  #sendable(lane: Lane, now: number): LaneBatch | undefined {
    if (!lane.hasUnsent) this.#waiting.delete(lane);
    if (lane.overdue(now)) {
      const problem = `no answer within ${this.#settings.deliveryTimeout} ms; whether they arrived is not known`;
      this.#break('DELIVERY_TIMEOUT', problem, this.#lastFailure);
      return undefined;
    }
    if (lane.notBefore > now && !lane.draining) this.#pumpSoon(lane.notBefore - now);
    return lane.next(now);
  }

  /** Who leads the lane's partition; if that is not known it is found out, and the pump runs again. */
  #leaderOf(lane: Lane): number | undefined {
    const leader = this.#leaders.leader(lane.topic, lane.partition);
    if (leader !== undefined) return leader;
    this.#leaders.find(lane.topic).then(
      (state) => {
        if (state === 'missing')
          this.#abandon(lane, 'UNKNOWN_TOPIC_OR_PARTITION', 'the topic does not exist (any more)');
        else if (this.#leaders.leader(lane.topic, lane.partition) === undefined)
          lane.notBefore = Date.now() + 100;
        this.#pumpSoon();
      },
      (error: unknown) => {
        this.#lastFailure = error;
        if (!mayRetry(error)) this.#break('CLIENT', messageOf(error), error);
        lane.notBefore = Date.now() + 200;
        this.#pumpSoon();
      },
    );
    return undefined;
  }

  async #request(leader: number, sent: readonly Sent[]): Promise<void> {
    this.#requests.set(leader, (this.#requests.get(leader) ?? 0) + 1);
    const batches = sent.map(({ lane: { topic, partition }, batch }) => ({
      topic,
      partition,
      bytes: bytesOf(batch),
    }));
    try {
      const broker = await this.#link.broker(leader);
      const call = produceCall(batches, this.#settings.acks, this.#link.settings.requestTimeout);
      const answers = await this.#link.send(broker, call);
      for (const { lane, batch } of sent) {
        const own = answers?.find(
          ({ topic, partition }) => topic === lane.topic && partition === lane.partition,
        );
        this.#answered(lane, batch, own?.errorCode ?? 0, own?.firstOffset ?? -1);
      }
    } catch (error) {
      this.#lastFailure = error;
      if (!mayRetry(error)) this.#break('CLIENT', messageOf(error), error);
      for (const { lane } of sent) this.#again(lane, true);
    } finally {
      this.#requests.set(leader, (this.#requests.get(leader) ?? 1) - 1);
      this.#pumpSoon();
    }
  }

  #answered(lane: Lane, batch: LaneBatch, errorCode: number, firstOffset: number): void {
    const { kind, type, message } = produceFault(errorCode);
    if (kind === 'done') {
      lane.delivered(batch);
      this.#settle(lane, batch, firstOffset);
    } else if (kind === 'split' && batch.records.length > 1) {
      const halves = halvesOf(batch);
      lane.split(batch, halves);
      for (const half of halves) this.#encode(lane, half);
    } else if (kind === 'split' || kind === 'refuse') {
      lane.refused(batch);
      this.#settle(lane, batch, -1, deliveryError(lane, batch.records, type, message));
    } else if (kind === 'break' || lane.outOfStep(batch, kind)) {
      lane.failed();
      this.#break(type, message, undefined);
    } else {
      this.#lastFailure = new Error(`${type}: ${message}`);
      this.#again(lane, kind === 'moved');
    }
    if (lane.hasUnsent) this.#waiting.add(lane);
  }

  #again(lane: Lane, leaderMayHaveMoved: boolean): void {
    lane.failed();
    if (leaderMayHaveMoved) this.#leaders.forget(lane.topic);
    if (lane.hasUnsent) this.#waiting.add(lane);
  }

  #settle(lane: Lane, batch: LaneBatch, firstOffset: number, error?: DeliveryError): void {
    if (settlePart(lane, batch, firstOffset, error) && --this.#pending === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  #abandon(lane: Lane, type: string, problem: string, cause?: unknown): void {
    this.#waiting.delete(lane);
    for (const batch of lane.abandon())
      this.#settle(lane, batch, -1, deliveryError(lane, batch.records, type, problem, cause));
  }

  /** After this the sequence is not known any more, so nothing else can be written by this producer. */
  #break(type: string, problem: string, cause: unknown): void {
    this.#broken ??= { type, problem, cause };
    for (const lane of this.#lanes.values()) this.#abandon(lane, type, problem, cause);
  }
}

function bytesOf({ encoded }: LaneBatch): Buffer {
  return encoded?.bytes ?? Buffer.alloc(0);
}
