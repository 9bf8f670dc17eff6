/** Sends what the lanes of a producer hold: one request a broker after the other, and what each answer means. */
import { messageOf } from '../../../errors.ts';
import { compressorFor } from '../compression.ts';
import type { Compressor } from '../compression.ts';
import { mayRetry } from '../kafkajs/failures.ts';
import type { Broker } from '../kafkajs/internals.ts';
import type { KafkaLink } from '../kafkajs/link.ts';
import { produceCall } from './produce.ts';
import { produceFault } from './produce-faults.ts';
import { halvesOf } from './producer-delivery.ts';
import type { Part } from './producer-delivery.ts';
import { batchOf } from './producer-lane.ts';
import type { Lane, LaneBatch } from './producer-lane.ts';
import { LeaderMap } from './producer-leaders.ts';
import { BATCH_HEADER, encodeChunks, withCompressed } from '../record-batch.ts';
import type { ProducerSettings } from '../../settings/settings.ts';

/** Batches are merged up to so many bytes, whatever the limit of a request: the usual limit of topics. */
export const MERGED_BYTES = 1024 * 1024;
/** ... and up to so many times `batchBytes`: a reader under a quota never gets a batch larger than its quota's window. */
const MERGED_BATCHES = 4;
/** Bytes of a request beside its batches, at most: its head, and the place of each batch. */
const REQUEST_HEAD = 300;
/** Batches share the fate of their last record; their deadlines lie within this part of the delivery's time. */
const DEADLINE_SPAN = 0.1;
/** A request that is not answered for so long (ms) makes the producer ask whether another broker leads by now. */
const LONG_WAIT = 2_000;
/** So many times `connectTimeout` a leader is tried whose advertised address was never reached. */
const UNREACHED = 4;

/** What the sender reports; the owner of the lanes settles deliveries. */
export interface Outcomes {
  delivered(lane: Lane, batch: LaneBatch, firstOffset: number): void;
  /** These will not be written, or nobody knows whether they were. */
  failed(lane: Lane, parts: readonly Part[], type: string, problem: string, cause?: unknown): void;
  /** The lane is empty of purpose: everything in it fails. */
  abandoned(lane: Lane, type: string, problem: string, cause?: unknown): void;
  /** Nothing can be written by this producer any more. */
  broken(type: string, problem: string, cause: unknown): void;
}

interface Sent {
  readonly lane: Lane;
  readonly batch: LaneBatch;
  /** That of the lane at the time of sending. */
  readonly era: number;
}

interface UnderWay {
  readonly leader: number;
  readonly sent: readonly Sent[];
  readonly since: number;
  broker: Broker | undefined;
}

/** The sending half of a producer. */
export class Sender {
  readonly #link: KafkaLink;
  readonly #settings: ProducerSettings;
  readonly #outcomes: Outcomes;
  readonly #compressor: Compressor | undefined;
  readonly #leaders: LeaderMap;
  /** Lanes with something to send. */
  readonly #waiting = new Set<Lane>();
  readonly #requests = new Map<number, number>();
  readonly #underWay = new Set<UnderWay>();
  #pumping = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  constructor(link: KafkaLink, settings: ProducerSettings, outcomes: Outcomes) {
    this.#link = link;
    this.#settings = settings;
    this.#outcomes = outcomes;
    this.#compressor = compressorFor(settings.compression);
    this.#leaders = new LeaderMap(link);
  }

  /** The lane has something to send. */
  wake(lane: Lane): void {
    this.#waiting.add(lane);
    this.#prepare(lane);
    this.#pumpSoon();
  }

  /** Stops all timers. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Asks who leads the partitions whose broker has been silent for long; a broker that lost them is let go. */
  checkSilent(now: number): void {
    for (const request of this.#underWay) {
      const { broker, leader, sent, since } = request;
      if (broker === undefined || now - since < LONG_WAIT) continue;
      for (const topic of new Set(sent.map(({ lane }) => lane.topic))) {
        this.#leaders.find(topic).then(() => {
          const moved = sent.some(({ lane }) => {
            const now = lane.topic === topic ? this.#leaders.leader(topic, lane.partition) : undefined;
            return now !== undefined && now !== leader;
          });
          if (moved && this.#underWay.has(request)) this.#link.drop(broker);
        }, ignore);
      }
    }
  }

  /** Compressing takes its time off the main thread: some batches are made before they can be sent. */
  #prepare(lane: Lane): void {
    if (this.#compressor === undefined) return;
    while (lane.ahead < this.#settings.maxInFlight && this.#gatherBatch(lane));
  }

  #gatherBatch(lane: Lane): boolean {
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
      this.#split(lane, batch, plain.bytes.length);
      return;
    }
    const compressor = this.#compressor;
    if (compressor === undefined) return void (batch.encoded = plain);
    compressor.compress(plain.bytes.subarray(BATCH_HEADER)).then(
      (compressed) => {
        const smaller = compressed.length < plain.bytes.length - BATCH_HEADER;
        batch.encoded = smaller ? withCompressed(plain, compressed, compressor.codec) : plain;
        this.#pumpSoon();
      },
      (error: unknown) =>
        this.#outcomes.broken('COMPRESSION', `compressing failed: ${messageOf(error)}`, error),
    );
  }

  #split(lane: Lane, batch: LaneBatch, bytes: number): void {
    const limit = Math.ceil(bytes / 2);
    lane.limit = Math.min(lane.limit, limit);
    this.#replace(lane, batch, halvesOf(batch.parts));
  }

  #replace(lane: Lane, batch: LaneBatch, pieces: readonly (readonly Part[])[]): void {
    const batches = pieces.map(batchOf);
    lane.split(batch, batches);
    for (const one of batches) this.#encode(lane, one);
  }

  /** Runs the pump once the running code is done, or after `wait` ms. */
  #pumpSoon(wait = 0): void {
    if (wait > 0) {
      const at = performance.now() + wait;
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
      const requests = this.#gather(performance.now());
      if (requests.size === 0) return;
      for (const [leader, sent] of requests) void this.#request(leader, sent);
    }
  }

  #gather(now: number): ReadonlyMap<number, readonly Sent[]> {
    const requests = new Map<number, Sent[]>();
    const sizes = new Map<number, number>();
    for (const lane of [...this.#waiting]) {
      if (!lane.hasUnsent) this.#waiting.delete(lane);
      if (lane.notBefore > now && !lane.draining) this.#pumpSoon(lane.notBefore - now);
      const leader = lane.hasUnsent && lane.ready(now) ? this.#leaderOf(lane) : undefined;
      if (leader === undefined || (this.#requests.get(leader) ?? 0) >= this.#settings.maxInFlight) continue;
      if (lane.ahead === 0) this.#gatherBatch(lane);
      const batch = lane.next(now);
      if (batch?.encoded === undefined) continue;
      const size = (sizes.get(leader) ?? REQUEST_HEAD) + batch.encoded.bytes.length + lane.topic.length + 20;
      const others = requests.get(leader);
      if (others !== undefined && size > this.#settings.maxRequestBytes) continue;
      sizes.set(leader, size);
      const one = { lane, era: lane.era, batch: lane.take(batch) };
      if (others === undefined) requests.set(leader, [one]);
      else others.push(one);
      // To the end of the line, so that every lane gets its turn.
      this.#waiting.delete(lane);
      if (lane.hasUnsent) this.#waiting.add(lane);
      this.#prepare(lane);
    }
    return requests;
  }

  /** Who leads the lane's partition; if that is not known it is found out, and the pump runs again. */
  #leaderOf(lane: Lane): number | undefined {
    const leader = this.#leaders.leader(lane.topic, lane.partition);
    if (leader !== undefined) return leader;
    this.#leaders.find(lane.topic).then(
      (state) => {
        if (state === 'missing') {
          const problem = 'the topic does not exist (any more); create it with createTopic()';
          this.#outcomes.abandoned(lane, 'UNKNOWN_TOPIC_OR_PARTITION', problem);
        } else if (this.#leaders.leader(lane.topic, lane.partition) === undefined) {
          lane.lastFailure = new Error('the partition has no leader just now');
          lane.notBefore = performance.now() + 100;
        }
        this.#pumpSoon();
      },
      (error: unknown) => {
        lane.lastFailure = error;
        if (!mayRetry(error)) this.#outcomes.broken('CLIENT', messageOf(error), error);
        lane.notBefore = performance.now() + 200;
        this.#pumpSoon();
      },
    );
    return undefined;
  }

  async #request(leader: number, sent: readonly Sent[]): Promise<void> {
    this.#requests.set(leader, (this.#requests.get(leader) ?? 0) + 1);
    const underWay: UnderWay = { leader, sent, since: performance.now(), broker: undefined };
    this.#underWay.add(underWay);
    const batches = sent.map(({ lane: { topic, partition }, batch }) => {
      return { topic, partition, bytes: batch.encoded?.bytes ?? Buffer.alloc(0) };
    });
    try {
      underWay.broker = await this.#link.broker(leader);
      const call = produceCall(batches, this.#settings.acks, this.#link.settings.requestTimeout);
      const answers = await this.#link.send(underWay.broker, call);
      for (const one of sent) {
        const { topic, partition } = one.lane;
        const own = answers?.find((answer) => answer.topic === topic && answer.partition === partition);
        // Without acknowledgements there is no answer; where there should be one, a missing one is not a yes.
        if (own !== undefined) this.#answered(one, own.errorCode, own.firstOffset);
        else if (answers === undefined) this.#answered(one, 0, -1);
        else this.#again(one, true, new Error('the answer did not mention the partition'));
      }
    } catch (error) {
      if (!mayRetry(error)) this.#outcomes.broken('CLIENT', messageOf(error), error);
      for (const one of sent) this.#again(one, true, error);
    } finally {
      this.#underWay.delete(underWay);
      this.#requests.set(leader, (this.#requests.get(leader) ?? 1) - 1);
      this.#pumpSoon();
    }
  }

  #answered(sent: Sent, errorCode: number, firstOffset: number): void {
    const { lane, batch, era } = sent;
    // What was sent has been given up meanwhile, and its caller was told.
    if (era !== lane.era) return;
    const { kind, type, message } = produceFault(errorCode);
    if (kind === 'done') {
      lane.delivered(batch);
      this.#outcomes.delivered(lane, batch, firstOffset);
    } else if (kind === 'split' && batch.records > 1) {
      this.#split(lane, batch, lengthOf(batch));
    } else if (kind === 'isolate' && batch.parts.length > 1) {
      const middle = Math.ceil(batch.parts.length / 2);
      this.#replace(lane, batch, [batch.parts.slice(0, middle), batch.parts.slice(middle)]);
    } else if (kind === 'split' || kind === 'isolate' || kind === 'refuse') {
      lane.refused(batch);
      this.#outcomes.failed(lane, batch.parts, type, message);
    } else if (kind === 'break') {
      lane.failed();
      this.#outcomes.broken(type, message, undefined);
    } else if (kind === 'restart' || lane.outOfStep(batch, kind)) {
      this.#outcomes.failed(lane, lane.giveUpSent(), type, message);
    } else {
      this.#again(sent, kind === 'moved', new Error(`${type}: ${message}`));
    }
    if (lane.hasUnsent) this.#waiting.add(lane);
  }

  #again({ lane, era }: Sent, leaderMayHaveMoved: boolean, failure: unknown): void {
    if (leaderMayHaveMoved) this.#leaders.forget(lane.topic);
    if (era !== lane.era) return;
    const unreachedFor = lane.unreachedFor(failure, performance.now());
    lane.failed();
    if (unreachedFor > UNREACHED * this.#link.settings.connectTimeout)
      this.#outcomes.abandoned(lane, 'ADVERTISED_ADDRESS', messageOf(failure), failure);
    if (lane.hasUnsent) this.#waiting.add(lane);
  }
}

const ignore = (): void => undefined;
const lengthOf = ({ parts }: LaneBatch): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);
