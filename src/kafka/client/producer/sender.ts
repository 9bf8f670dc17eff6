/** Sends what the lanes of a producer hold: one request a broker after the other, and what each answer means. */
import { messageOf } from '../../../errors.ts';
import { mayRetry } from '../failures.ts';
import type { BrokerConnection } from '../../protocol/broker-connection.ts';
import type { KafkaLink } from '../connections.ts';
import { produceCall, produceFault, type Transactional } from '../../protocol/produce.ts';
import { REQUEST_HEAD, BatchMaker } from './batch-maker.ts';
import type { LaneBatch, Part } from './delivery.ts';
import type { Lane } from './lane.ts';
import { LeaderMap } from '../known-topics.ts';
import type { ProducerSettings } from '../../settings/settings.ts';

/** A request that is not answered for so long (ms) makes the producer ask whether another broker leads by now. */
const LONG_WAIT = 2_000;
/** So many times `connectTimeout` a leader is tried whose advertised address was never reached. */
const UNREACHED = 4;

/** What the sender reports; the owner of the lanes settles deliveries. */
interface Outcomes {
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
  broker: BrokerConnection | undefined;
}

/** The sending half of a producer. */
export class Sender {
  readonly #link: KafkaLink;
  readonly #settings: ProducerSettings;
  readonly #outcomes: Outcomes;
  readonly #transactional: Transactional | undefined;
  readonly #maker: BatchMaker;
  readonly #leaders: LeaderMap;
  /** Lanes with something to send. */
  readonly #waiting = new Set<Lane>();
  readonly #requests = new Map<number, number>();
  readonly #underWay = new Set<UnderWay>();
  #pumping = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = 0;

  constructor(
    link: KafkaLink,
    settings: ProducerSettings,
    outcomes: Outcomes,
    transactional?: Transactional,
  ) {
    this.#transactional = transactional;
    this.#link = link;
    this.#settings = settings;
    this.#outcomes = outcomes;
    this.#maker = new BatchMaker(
      settings,
      () => this.#pumpSoon(),
      (problem, error) => outcomes.broken('COMPRESSION', problem, error),
    );
    this.#leaders = new LeaderMap(link);
  }

  /** The lane has something to send. */
  wake(lane: Lane): void {
    this.#waiting.add(lane);
    this.#maker.prepare(lane);
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
      if (lane.ahead === 0) this.#maker.gather(lane);
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
      this.#maker.prepare(lane);
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
      const { requestTimeout } = this.#link.settings;
      const call = produceCall(batches, this.#settings.acks, requestTimeout, this.#transactional);
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
      const isWanted = sent.some(({ lane, era }) => era === lane.era);
      if (isWanted && !mayRetry(error)) this.#outcomes.broken('CLIENT', messageOf(error), error);
      for (const one of sent) this.#again(one, true, error);
    } finally {
      this.#underWay.delete(underWay);
      this.#requests.set(leader, (this.#requests.get(leader) ?? 1) - 1);
      this.#pumpSoon();
    }
  }

  #answered(sent: Sent, errorCode: number, firstOffset: number): void {
    const { lane, batch, era } = sent;
    // What was sent has been given up meanwhile, and its caller has the error.
    if (era !== lane.era) return;
    const { kind, type, message, mayBeThere } = produceFault(errorCode);
    if (kind === 'done') {
      lane.delivered(batch);
      this.#outcomes.delivered(lane, batch, firstOffset);
    } else if (kind === 'split' && batch.records > 1) {
      this.#maker.split(lane, batch);
    } else if (kind === 'isolate' && batch.parts.length > 1) {
      const middle = Math.ceil(batch.parts.length / 2);
      this.#maker.replace(lane, batch, [batch.parts.slice(0, middle), batch.parts.slice(middle)]);
    } else if (kind === 'split' || kind === 'isolate' || kind === 'refuse') {
      this.#refused(lane, batch, type, message);
    } else if (kind === 'break') {
      lane.failed(batch);
      this.#outcomes.broken(type, message, undefined);
    } else if (kind === 'restart' || lane.outOfStep(batch, kind)) {
      this.#outcomes.failed(lane, lane.giveUpSent(), type, message);
    } else {
      this.#again(sent, kind === 'moved', new Error(`${type}: ${message}`), {
        mayBeThere,
        soon: kind === 'soon',
      });
    }
    if (lane.hasUnsent) this.#waiting.add(lane);
  }

  #refused(lane: Lane, batch: LaneBatch, type: string, message: string): void {
    const { isDoubtful } = batch;
    const alsoGivenUp = lane.refused(batch);
    const fate = 'an attempt before was not answered, so whether they arrived is not known';
    this.#outcomes.failed(lane, batch.parts, type, isDoubtful ? `${message}; ${fate}` : message);
    const advice = 'read the end of the partition, and write again what is missing';
    const problem = `they were sent behind records that were refused (${type}); ${fate}: ${advice}`;
    if (alsoGivenUp.length > 0) this.#outcomes.failed(lane, alsoGivenUp, 'UNKNOWN_FATE', problem);
  }

  #again(
    { lane, era, batch }: Sent,
    leaderMayHaveMoved: boolean,
    failure: unknown,
    how: { readonly mayBeThere?: boolean; readonly soon?: boolean } = {},
  ): void {
    if (leaderMayHaveMoved) this.#leaders.forget(lane.topic);
    if (era !== lane.era) return;
    const unreachedFor = lane.unreachedFor(failure, performance.now());
    lane.failed(batch, how);
    if (unreachedFor > UNREACHED * this.#link.settings.connectTimeout)
      this.#outcomes.abandoned(lane, 'ADVERTISED_ADDRESS', messageOf(failure), failure);
    if (lane.hasUnsent) this.#waiting.add(lane);
  }
}

const ignore = (): void => undefined;
