/** Draws faults at random from a seed and lets them happen one after another, for property tests of streams. */
import { setTimeout as sleep } from 'node:timers/promises';
import { checkMs, refuseUnknownOptions } from '../options.ts';
import { mulberry32 } from '../random.ts';
import type { Cluster } from './cluster.ts';
import type { Direction, FaultProxy } from './fault-proxy.ts';

/** Something that goes wrong, and is put right again. */
export interface Fault {
  /** In words, for the report of a failed schedule: `freeze the answers`. */
  readonly name: string;
  /** Makes it go wrong. */
  readonly begin: () => void | Promise<void>;
  /** Puts it right again. Called whenever `begin` was, even if that failed. */
  readonly end: () => void | Promise<void>;
}

/** Draws a whole number from `least` to `most`, both included. */
export type Draw = (least: number, most: number) => number;

/** Makes a fault, with its strength drawn: one kind of fault of your own, or one of {@link proxyFaults}. */
export type FaultMaker = (draw: Draw) => Fault;

/** A fault and when it happens. */
export interface ScheduledFault extends Fault {
  /** After the one before it was put right (the first: after the start), ms. */
  readonly waitMs: number;
  /** How long it lasts, ms. */
  readonly lastMs: number;
}

/** Ranges to draw from, both ends included. */
export interface DrawFaultsOptions {
  /** How many faults; default 1 to 4. */
  count?: readonly [least: number, most: number];
  /** Between two faults, ms; default 0 to 100. */
  waitMs?: readonly [least: number, most: number];
  /** How long each lasts, ms; default 20 to 300. */
  lastMs?: readonly [least: number, most: number];
}

/**
 * Draws a schedule of faults; the same seed and makers always give the same.
 *
 * @param seed a whole number from 0 to 2^32 - 1
 * @throws RangeError when there is no maker; InvalidOptionError (`ST_OPTION_INVALID`) for times that no timer takes
 * @example
 * ```ts
 * await using proxy = await startFaultProxy();
 * await using broker = await startBroker({ temporary: true, proxy });
 * const schedule = drawFaults(42, proxyFaults(proxy));
 * const [rows] = await Promise.all([readThrough(proxy.address), playFaults(schedule)]);
 * assert.equal(rows, 1000, `seed 42: ${describeFaults(schedule)}`);
 * ```
 */
export function drawFaults(
  seed: number,
  makers: readonly FaultMaker[],
  options: DrawFaultsOptions = {},
): ScheduledFault[] {
  refuseUnknownOptions('drawFaults', options, { count: true, waitMs: true, lastMs: true });
  const { count = [1, 4], waitMs = [0, 100], lastMs = [20, 300] } = options;
  for (const [name, range] of Object.entries({ waitMs, lastMs })) for (const ms of range) checkMs(name, ms);
  if (makers.length === 0) throw new RangeError('drawFaults: give at least one maker of faults');
  const random = mulberry32(seed);
  const draw: Draw = (least, most) => least + Math.floor(random() * (most - least + 1));
  return Array.from({ length: draw(...count) }, () => {
    const make = makers[draw(0, makers.length - 1)]!;
    const { name, begin, end } = make(draw);
    return { name, begin, end, waitMs: draw(...waitMs), lastMs: draw(...lastMs) };
  });
}

/**
 * Lets the faults of a schedule happen, each put right before the next begins. An abort puts the one at hand right and
 * leaves the rest out.
 *
 * @returns how many were begun
 * @throws what a fault's `begin` or `end` throws, after `end` was called
 */
export async function playFaults(
  schedule: readonly ScheduledFault[],
  options: { signal?: AbortSignal } = {},
): Promise<number> {
  refuseUnknownOptions('playFaults', options, { signal: true });
  const signal = options.signal ?? new AbortController().signal;
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  let begun = 0;
  for (const { waitMs, lastMs, begin, end } of schedule) {
    await pause(waitMs);
    if (signal.aborted) break;
    begun++;
    try {
      await begin();
      await pause(lastMs);
    } finally {
      await end();
    }
  }
  return begun;
}

/** A schedule in words, for the message of a failed assertion. */
export function describeFaults(schedule: readonly ScheduledFault[]): string {
  return schedule.map(({ name, waitMs, lastMs }) => `after ${waitMs} ms ${name} for ${lastMs} ms`).join('; ');
}

/** Every fault of a {@link FaultProxy}, of a strength that a healthy client survives when it lasts less than a second. */
export function proxyFaults(proxy: FaultProxy): FaultMaker[] {
  const fault = (name: string, begin: () => void): Fault => ({ name, begin, end: () => proxy.resume() });
  const directions: readonly Direction[] = ['both', 'requests', 'answers'];
  return [
    () => fault('refuse all connections', () => proxy.cut()),
    () => fault('break the open connections', () => proxy.cutOnce()),
    (draw) => {
      const bytes = draw(1, 20_000);
      return fault(`break the connections after ${bytes} bytes`, () => proxy.cutAfter(bytes));
    },
    (draw) => {
      const way = directions[draw(0, 2)]!;
      return fault(`freeze ${way === 'both' ? 'everything' : `the ${way}`}`, () => proxy.freeze(way));
    },
    (draw) => {
      const ms = draw(1, 60);
      return fault(`hold every chunk back ${ms} ms`, () => proxy.delay(ms));
    },
    (draw) => {
      const rate = draw(2_000, 200_000);
      return fault(`throttle to ${rate} bytes a second`, () => proxy.throttle(rate));
    },
    (draw) => {
      const bytes = draw(1, 500);
      return fault(`slice into ${bytes} bytes`, () => proxy.slice(bytes));
    },
  ];
}

/**
 * Faults of a {@link Cluster}'s nodes and of who leads: one node at a time is killed, suspended or stopped in order, or a
 * partition gets another leader or another set of nodes. Draw longer times for them: three seconds pass before the others
 * take over from a node that has ended.
 *
 * @param partitions the topic's partitions whose leaders are moved, from 0
 */
export function clusterFaults(cluster: Cluster, topic: string, partitions = 1): FaultMaker[] {
  const ids = cluster.nodes.map(({ id }) => id);
  const aNode = (draw: Draw) => cluster.nodes[draw(0, ids.length - 1)]!;
  const aPartition = (draw: Draw) => draw(0, partitions - 1);
  const nothing = () => undefined;
  return [
    (draw) => {
      const node = aNode(draw);
      return { name: `kill node ${node.id}`, begin: () => node.kill(), end: () => cluster.heal() };
    },
    (draw) => {
      const node = aNode(draw);
      return { name: `suspend node ${node.id}`, begin: () => node.pause(), end: () => cluster.heal() };
    },
    (draw) => {
      const node = aNode(draw);
      return { name: `stop node ${node.id} in order`, begin: () => node.stop(), end: () => cluster.heal() };
    },
    (draw) => {
      const [partition, to] = [aPartition(draw), aNode(draw).id];
      const begin = () => cluster.moveLeader(topic, partition, to);
      return { name: `make node ${to} the leader of partition ${partition}`, begin, end: nothing };
    },
    (draw) => {
      const partition = aPartition(draw);
      const first = draw(0, ids.length - 1);
      const turned = [...ids.slice(first), ...ids.slice(0, first)];
      const alone = turned.slice(0, Math.max(1, ids.length - 1));
      const begin = () => cluster.reassign(topic, partition, alone);
      const end = () => cluster.reassign(topic, partition, turned);
      return { name: `move partition ${partition} to the nodes ${alone.join(', ')}`, begin, end };
    },
  ];
}
