/** The dataset over a topic's partitions: bounded, and the same on every pass. */
import {
  checkInteger,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import { PartitionPass } from '../read/partition-pass.ts';
import { positionOf, positionWith, type LeaderEpochs, type TopicIds } from '../protocol/position.ts';
import type { Puller } from '../read/pull.ts';
import { addedRanges, checkSaved, checkStart, checkStop, resolveRanges } from '../read/ranges.ts';
import type { PartitionRange } from '../read/log-bounds.ts';
import type { RangeWish, StartAt, StopAt } from '../read/ranges.ts';
import { atLeast, countOrAll, readNames, readPlan } from '../read/read-options.ts';
import type { ReadOptions, ReadPlan } from '../read/read-options.ts';
import { ReadMeter } from '../read/stats.ts';
import type { KafkaRecord, Position } from '../record.ts';
import { Dataset } from './dataset.ts';

/** Options of {@link fromKafka}. */
export interface PartitionDatasetOptions extends ReadOptions {
  /** Which partition, or partitions, to read; all of the topic's if left out. */
  partition?: number | readonly number[];
  /** Where to start (default `'beginning'`); see {@link StartAt}. */
  offset?: StartAt;
  /** Where to stop (default `'end'`: the end of the log as it is when the first pass starts); see {@link StopAt}. */
  stop?: StopAt;
  /**
   * A saved position, as `position()` gave it; wins over `offset` for the partitions it names. An offset of it that lies
   * beyond the end of the log is an error, whatever `auto.offset.reset` says. Partitions that come after all it names were
   * added since: where all are read, an `offset` from the end leaves nothing of them out.
   */
  position?: Position;
  /**
   * The ids of the topics the position was saved of, as `topicIds()` gave them; they show whether a topic was deleted
   * and created again since. A position handed on within the process knows them by itself.
   */
  topicIds?: TopicIds;
  /**
   * The epochs behind the position, as `leaderEpochs()` gave them; they show whether its log was cut back and has grown
   * again since. A position handed on within the process knows them by itself.
   */
  leaderEpochs?: LeaderEpochs;
  /** Stop after so many records in each pass. */
  maxRecords?: number;
  /**
   * With `stop: 'never'`: end after so many ms of silence (default -1: wait on). Silence is known, not guessed: it counts
   * while the brokers answer that every partition is read to its end; an outage, a throttle or a suspended process
   * does not count.
   */
  streamTimeout?: number;
  /**
   * How records of several partitions follow each other: `'interleaved'` one from each in turn, the same in every pass
   * (default, waits for the slowest), or `'arrival'` as they come (default with `stop: 'never'`).
   */
  order?: 'interleaved' | 'arrival';
}

const optionNames: OptionNames<PartitionDatasetOptions> = {
  ...readNames,
  ...{ partition: true, offset: true, stop: true, position: true, topicIds: true, leaderEpochs: true },
  ...{ maxRecords: true, streamTimeout: true, order: true },
};

/**
 * A dataset over partitions of a topic, without a consumer group: it commits nothing and disturbs nobody. Start and
 * stop are turned into offsets once, at the first pass, so that **every pass gives the same records**, however much is
 * written meanwhile (compaction and deletion between passes can still take records away; deleted offsets are counted
 * in `stats().deleted`). `size` is `NaN`: how many records a range of offsets holds is known only by reading it.
 *
 * Errors while iterating: `UnknownTopicError`, `UnknownPartitionError`, `TopicRecreatedError`, `LogTruncatedError`, connection
 * and security errors of `errors.ts`, `ReadFailedError` after `retryForMs` of failing.
 *
 * @param topic the topic's name
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), KafkaSettingsError for options that cannot be
 * @example
 * ```ts
 * const trainDs = fromKafka('cancer-train', { partition: 0, offset: 0 })
 *   .shuffle(64, 1)
 *   .map((record) => ({ xs: String(record.value).split(',').map(Number), ys: Number(String(record.key)) }))
 *   .batch(64);
 * await model.fitDataset(trainDs, { epochs: 10 });
 * ```
 */
export function fromKafka(topic: string, options: PartitionDatasetOptions = {}): Dataset<KafkaRecord> {
  return new Dataset<KafkaRecord>(new PartitionSource(topic, options));
}

/** One that is named twice would give its rows twice, and an empty list, which may have come about by mistake, none. */
function checkPartitions(partition: number | readonly number[]): void {
  const partitions = [partition].flat();
  for (const one of partitions) checkInteger('partition', one);
  if (partitions.length === 0 || new Set(partitions).size < partitions.length)
    throw invalidOption('partition', partition, 'one partition or more, each once; left out, all are read');
}

/** The root of the chain: opens passes and remembers where the latest stands. */
class PartitionSource {
  readonly size = NaN;
  readonly samePasses: boolean;
  readonly #topic: string;
  readonly #options: PartitionDatasetOptions;
  readonly #plan: ReadPlan;
  readonly #meter = new ReadMeter();
  #ranges: Promise<PartitionRange[]> | undefined;
  readonly #open = new Set<PartitionPass>();
  #latest: PartitionPass | undefined;

  constructor(topic: string, options: PartitionDatasetOptions) {
    refuseUnknownOptions('fromKafka', options, optionNames);
    const { partition, offset, stop, maxRecords, streamTimeout, order } = options;
    if (order !== undefined) checkOneOf('order', order, ['interleaved', 'arrival']);
    if (typeof topic !== 'string' || topic === '') throw invalidOption('topic', topic, "a topic's name");
    if (partition !== undefined) checkPartitions(partition);
    if (offset !== undefined) checkStart('offset', offset);
    if (stop !== undefined) checkStop('stop', stop, topic);
    checkSaved(options, [topic]);
    if (maxRecords !== undefined) countOrAll('maxRecords', maxRecords, 0);
    if (streamTimeout !== undefined) atLeast('streamTimeout', streamTimeout, -1);
    // With a streamTimeout it depends on timing where a pass ends, and when a silent partition is passed over.
    this.samePasses = stop !== 'never' && order !== 'arrival' && (streamTimeout ?? -1) < 0;
    this.#topic = topic;
    this.#options = options;
    this.#plan = readPlan(options);
  }

  open(): Puller<KafkaRecord> {
    const { reader, fetch, signal } = this.#plan;
    const { maxRecords = Infinity, stop, streamTimeout = -1, partition } = this.#options;
    const wish = this.#wish();
    const { order = stop === 'never' ? 'arrival' : 'interleaved' } = this.#options;
    const pass: PartitionPass = new PartitionPass({
      client: reader.open(),
      fetch,
      meter: this.#meter,
      signal,
      order,
      maxRecords,
      streamTimeout,
      ranges: (client) => {
        this.#ranges ??= resolveRanges(client, wish);
        // A failed look-up is not remembered.
        this.#ranges.catch(() => (this.#ranges = undefined));
        return this.#ranges;
      },
      onClosed: () => this.#open.delete(pass),
      // Later passes read of a topic created again what this one does.
      onRestarted: (range) => {
        const isOther = (one: PartitionRange) => one.partition !== range.partition;
        this.#ranges = this.#ranges?.then((all) => all.map((one) => (isOther(one) ? one : range)));
      },
      // Later passes over a bounded range give the same records as the first one: nothing may be added to it.
      ...(stop === 'never' &&
        partition === undefined && { added: (client, known) => addedRanges(client, wish, known) }),
    });
    this.#latest = pass;
    this.#open.add(pass);
    return pass;
  }

  #wish(): RangeWish {
    const { partition, offset = 'beginning', stop = 'end' } = this.#options;
    const { position, topicIds, leaderEpochs } = this.#options;
    const { readCommitted, onTopicRecreated } = this.#plan.fetch;
    return {
      topic: this.#topic,
      partitions: partition === undefined ? undefined : [partition].flat(),
      start: offset,
      stop,
      saved: { position, topicIds, leaderEpochs, onTopicRecreated },
      readCommitted,
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((pass) => pass.close()));
  }

  position(): Position {
    if (this.#latest?.started) return positionOf(this.#latest.buffers);
    const { position, topicIds, leaderEpochs } = this.#options;
    return position === undefined ? {} : positionWith({ position, topicIds, leaderEpochs });
  }

  stats() {
    return this.#meter.stats();
  }
}
