/** The idempotent producer: several requests in flight, each record once, whatever connections and brokers do. */

import { messageOf } from '../../../errors.ts';
import type { BatchReceipt, KafkaProducer } from '../client.ts';
import type { OutgoingRecord } from '../../record.ts';
import type { KafkaLink } from '../connections.ts';
import { compressorFor } from '../../protocol/compression.ts';
import { deliveryError, newDelivery, settlePart } from './delivery.ts';
import type { Part } from './delivery.ts';
import { Lane } from './lane.ts';
import { producerIdCall, type ProducerIdentity, type Transactional } from '../../protocol/produce.ts';
import { MERGED_BYTES } from './batch-maker.ts';
import { Sender } from './sender.ts';
import { bytesAlone, isTooLarge } from '../../protocol/record-bytes.ts';
import { KafkaClosedError, RecordTooLargeError } from '../../errors.ts';
import type { ProducerSettings } from '../../settings/settings.ts';

/** How often (ms) is looked for what is overdue, at most and at least. */
const LOOK_EVERY = [10, 500] as const;
/** For so long (ms) closing waits without a word from any broker before it asks one, and for the answer to that. */
const CLOSING_SILENCE = 1_500;

/** Producer over one {@link KafkaLink}; made by `KafkaClient.producer()`. */
export class LinkedProducer implements KafkaProducer {
  readonly #link: KafkaLink;
  readonly #settings: ProducerSettings;
  readonly #transactional: Transactional | undefined;
  #identity: ProducerIdentity;
  readonly #sender: Sender;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that wait for another producer id. */
  readonly #renewed = new Set<Lane>();
  readonly #idle: (() => void)[] = [];
  /** Deliveries that are not settled. */
  #pending = 0;
  #look: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #broken: { type: string; problem: string; cause: unknown } | undefined;

  /** `transactional`: one record that fails fails all, and {@link LinkedProducer.renew} must follow. */
  constructor(
    link: KafkaLink,
    settings: ProducerSettings,
    identity: ProducerIdentity,
    transactional?: Transactional,
  ) {
    this.#link = link;
    this.#transactional = transactional;
    this.#settings = settings;
    this.#identity = identity;
    const outcomes: ConstructorParameters<typeof Sender>[2] = {
      delivered: (lane, { parts }, firstOffset) => {
        let offset = firstOffset;
        for (const part of parts) {
          this.#settle(lane, part, offset);
          if (offset >= 0) offset += part.records.length;
        }
      },
      failed: (lane, parts, type, problem, cause) => this.#fail(lane, parts, type, problem, cause),
      abandoned: (lane, type, problem, cause) => this.#fail(lane, lane.abandon(), type, problem, cause),
      broken: (type, problem, cause) => this.#break(type, problem, cause),
    };
    this.#sender = new Sender(link, settings, outcomes, transactional);
  }

  /** Asks the cluster for an identity (when idempotent) and makes a producer of it. */
  static async open(link: KafkaLink, settings: ProducerSettings): Promise<LinkedProducer> {
    compressorFor(settings.compression);
    if (settings.idempotent) return new LinkedProducer(link, settings, await newIdentity(link));
    await link.connect();
    return new LinkedProducer(link, settings, { producerId: -1n, producerEpoch: -1 });
  }

  async send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<BatchReceipt> {
    if (this.closed) throw new KafkaClosedError({ what: 'This producer' });
    if (this.#broken !== undefined) {
      const { type, problem, cause } = this.#broken;
      const ended = `an earlier failure ended this producer: ${problem}`;
      throw deliveryError({ topic, partition }, records, type, ended, cause);
    }
    if (records.length === 0) return { topic, partition, records: 0, firstOffset: -1 };
    const { deliveryTimeout, maxRequestBytes: limit } = this.#settings;
    const tooLarge = records.filter((record) => isTooLarge(record, limit));
    if (tooLarge.length > 0) throw this.#tooLarge(topic, partition, records, tooLarge);
    return new Promise<BatchReceipt>((resolve, reject) => {
      const deadline = performance.now() + deliveryTimeout;
      const size = { now: Date.now(), deadline, limit: Math.min(limit, MERGED_BYTES) };
      const parts = newDelivery(records, size, resolve, reject);
      const lane = this.#lane(topic, partition);
      this.#pending++;
      for (const part of parts) lane.add(part);
      this.#sender.wake(lane);
      this.#lookSoon();
    });
  }

  /** Gives up what is on its way. */
  abandon(problem: string): void {
    this.#break('ABORTED', problem, undefined);
  }

  /** Starts over under this identity; what is on its way under the one before is given up. */
  renew(identity: ProducerIdentity): void {
    this.abandon('the transaction was aborted');
    this.#lanes.clear();
    this.#identity = identity;
    this.#broken = undefined;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  async flush(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Flushes, but without waiting for a cluster that is away. */
  async #close(): Promise<void> {
    const flushed = this.flush();
    const done = new AbortController();
    const watched = this.#watchCluster(done.signal);
    await flushed;
    done.abort();
    await watched;
    clearTimeout(this.#look);
    this.#sender.stop();
  }

  async #watchCluster(signal: AbortSignal): Promise<void> {
    while (this.#pending > 0 && !signal.aborted) {
      const problem = await this.#link.silence(CLOSING_SILENCE, signal);
      if (problem === undefined || signal.aborted || this.#pending === 0) continue;
      const closed =
        'the producer was closed while no broker answered; whether they arrived is not known. ' +
        'To wait for the brokers, flush before closing';
      for (const lane of this.#lanes.values())
        this.#fail(lane, lane.abandon(), 'CLOSED', `${closed}: ${messageOf(problem)}`, problem);
    }
  }

  #lane(topic: string, partition: number): Lane {
    const key = `${partition}/${topic}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, (lane = this.#newLane(topic, partition)));
    return lane;
  }

  #newLane(topic: string, partition: number): Lane {
    return new Lane(topic, partition, this.#identity, this.#transactional !== undefined);
  }

  /** While something is on its way, looks now and then for what is overdue and for brokers that fell silent. */
  #lookSoon(): void {
    const [least, most] = LOOK_EVERY;
    const wait = Math.min(Math.max(this.#settings.deliveryTimeout / 20, least), most);
    this.#look ??= setTimeout(() => {
      this.#look = undefined;
      const now = performance.now();
      for (const lane of this.#lanes.values()) this.#giveUpOverdue(lane, now);
      this.#sender.checkSilent(now);
      if (this.#pending > 0) this.#lookSoon();
    }, wait);
  }

  #giveUpOverdue(lane: Lane, now: number): void {
    const { sent, unsent } = lane.overdue(now);
    const waited = `no answer within ${this.#settings.deliveryTimeout} ms`;
    const why =
      lane.lastFailure === undefined
        ? ''
        : `. The last failure: ${messageOf(lane.lastFailure).replace(/\.$/, '')}`;
    const advice = '. Write them again when the broker is back, or set a longer deliveryTimeout';
    const fail = (parts: readonly Part[], fate: string): void =>
      this.#fail(lane, parts, 'DELIVERY_TIMEOUT', `${waited}; ${fate}${why}${advice}`, lane.lastFailure);
    fail(sent, 'whether they arrived is not known');
    fail(unsent, 'they were not sent');
    if (sent.length + unsent.length > 0 && lane.hasUnsent) this.#sender.wake(lane);
  }

  #settle(lane: Lane, part: Part, firstOffset: number, error?: ReturnType<typeof deliveryError>): void {
    if (settlePart(lane, part, firstOffset, error) && --this.#pending === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  #fail(lane: Lane, parts: readonly Part[], type: string, problem: string, cause?: unknown): void {
    for (const part of parts)
      this.#settle(lane, part, -1, deliveryError(lane, part.records, type, problem, cause));
    if (parts.length > 0 && this.#transactional !== undefined) this.#break(type, problem, cause);
    else if (lane.usedUp && this.#transactional === undefined) this.#renewLane(lane);
  }

  /** Once at a time: another id in the middle of what is under way would let a record be written twice. */
  #renewLane(lane: Lane): void {
    if (this.#renewed.has(lane)) return;
    this.#renewed.add(lane);
    newIdentity(this.#link).then(
      (identity) => {
        this.#renewed.delete(lane);
        lane.renew(identity);
        this.#sender.wake(lane);
      },
      (error: unknown) => this.#break('CLIENT', messageOf(error), error),
    );
  }

  /** The producer itself is of no use any more. */
  #break(type: string, problem: string, cause: unknown): void {
    this.#broken ??= { type, problem, cause };
    for (const lane of this.#lanes.values()) this.#fail(lane, lane.abandon(), type, problem, cause);
  }

  /** Records too large to be sent fail their whole delivery before any of it is: nothing is written in part. */
  #tooLarge(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
    tooLarge: readonly OutgoingRecord[],
  ): Error {
    const bytes = Math.max(...tooLarge.slice(0, 1_000).map(bytesAlone));
    const cause = new RecordTooLargeError({ topic, bytes, maxRequestBytes: this.#settings.maxRequestBytes });
    return deliveryError({ topic, partition }, records, 'MESSAGE_TOO_LARGE', cause.message, cause);
  }
}

function newIdentity(link: KafkaLink): Promise<ProducerIdentity> {
  return link.retrying('asking for a producer id', () => link.ask((broker) => broker.send(producerIdCall())));
}
