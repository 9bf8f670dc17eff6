/** The stream of mini datasets for online learning. */
import { checkOneOf, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { endable, giveTurn, onAbort } from '../../process/index.ts';
import type { GroupPass } from '../read/group/group-pass.ts';
import { KafkaClosedError } from '../errors.ts';
import type { Assignment } from '../read/group/options.ts';
import { keyOf, type MemberIdentity } from '../protocol/group-member.ts';
import {
  leaderEpochsOf,
  positionOf,
  topicIdsOf,
  type LeaderEpochs,
  type TopicIds,
} from '../protocol/position.ts';
import { OwnItems, signalsOf } from '../read/pull.ts';
import { atLeast, countOrAll } from '../read/read-options.ts';
import type { ReadStats } from '../read/stats.ts';
import type { KafkaRecord, Position } from '../record.ts';
import { Dataset } from './dataset.ts';
import { groupNames, GroupSource, type GroupOptions } from './group-dataset.ts';

/** Options of {@link fromKafkaBatches}. Times in ms. */
export interface BatchStreamOptions extends GroupOptions {
  /** How many records a mini dataset has at most, and exactly while the stream flows (default 1024). */
  maxRecords?: number;
  /**
   * When the stream is silent for so long, what has come so far is handed over as a smaller mini dataset (default
   * 1000). As for `streamTimeout`, only silence that is known counts: an outage never makes a mini dataset smaller. -1:
   * only full ones, and the rest at the end of the stream; on one partition the borders then depend on offsets alone,
   * not on timing.
   */
  pauseTimeout?: number;
  /**
   * How records of several partitions follow each other: as they come (default `'arrival'`), or one from each in turn,
   * beginning with the first in every mini dataset (`'interleaved'`). Interleaved ones of full size hold the same
   * records however the timing is: they depend on the position alone. It waits for the slowest partition; one that
   * stays empty is passed over at its end with `stop: 'end'`, else once it has been silent for `streamTimeout`.
   */
  order?: 'arrival' | 'interleaved';
  /** Leave the group when the stream ends (default true); false: stay until `close()`, so that a last commit can follow. */
  leaveAtEnd?: boolean;
}

/** Every option of {@link BatchStreamOptions}. */
export const batchStreamNames: OptionNames<BatchStreamOptions> = {
  ...groupNames,
  ...{ maxRecords: true, pauseTimeout: true, order: true, leaveAtEnd: true },
};

/**
 * A stream of mini datasets from a consumer group: each holds up to `maxRecords` records in memory, knows its `size`,
 * can be iterated for as many epochs as you like, and goes to `fitDataset` like any other {@link Dataset}. While you
 * train on one, the next records are fetched and heartbeats go on.
 *
 * A mini dataset counts as done when you ask for the next one (with `commit: 'auto'` it is committed then), or when
 * you call its `commit()`. After a `break` the one at hand is not done, unless you committed it.
 *
 * @throws as `fromKafkaGroup`
 * @example
 * ```ts
 * for await (const mini of fromKafkaBatches({ topics: ['cancer-train'], groupId: 'cgonline', streamTimeout: 10_000 })) {
 *   const ds = mini.shuffle(32, 1).decodeBatch(csvCodec({ columns: 9 }), 32);
 *   if (mini.size > 0) await model.fitDataset(ds, { epochs: 3 });
 *   await mini.commit();
 * }
 * ```
 */
export function fromKafkaBatches(options: BatchStreamOptions): BatchStream {
  return new BatchStream(options);
}

/** What ends waits of a mini dataset's passes, such as those for a schema, besides closing it: each with its reason. */
interface MiniEnds {
  readonly signal?: AbortSignal | undefined;
  /** Aborted where the stream is closed before its end; a pass that begins later needs the stream no more. */
  readonly streamClosed?: AbortSignal;
}

/** Some records in memory, in the order they came, and where they stand. Every pass gives the same records. */
export class MiniDataset extends Dataset<KafkaRecord> {
  /** Which one of its stream, from 0. */
  readonly index: number;
  readonly records: readonly KafkaRecord[];
  /** The first offset of each partition in it. */
  readonly start: Position;
  /** The next offset to read of every partition of the stream, once this one is done. */
  readonly end: Position;
  readonly #commit: (position: Position) => Promise<void>;

  constructor(
    index: number,
    records: readonly KafkaRecord[],
    end: Position,
    commit: (position: Position) => Promise<void>,
    { signal, streamClosed }: MiniEnds = {},
  ) {
    const own = new OwnItems(records);
    const signals = signalsOf(signal);
    const all = [...signals, ...signalsOf(streamClosed)];
    super({
      open: () => own.open(streamClosed?.aborted === true ? signals : all),
      ...{ size: records.length, position: () => end, close: () => own.close() },
    });
    this.index = index;
    this.records = records;
    this.end = end;
    this.#commit = commit;
    const firsts = new Map<string, { topic: string; partition: number; position: number }>();
    let before: KafkaRecord | undefined;
    for (const record of records) {
      const { topic, partition, offset: position } = record;
      // Records of a partition come in runs.
      const isSame = before?.partition === partition && before.topic === topic;
      before = record;
      if (isSame) continue;
      if (!firsts.has(keyOf(record))) firsts.set(keyOf(record), { topic, partition, position });
    }
    this.start = positionOf(firsts.values());
  }

  /**
   * Commits to the group that this one is done. Does nothing with `commit: 'off'`.
   *
   * @throws CommitRefusedError (`ST_KAFKA_COMMIT_REFUSED`) when another member has the partitions
   */
  async commit(): Promise<void> {
    await this.#commit(this.end);
  }
}

/** What {@link fromKafkaBatches} returns; can be iterated once. */
export class BatchStream implements AsyncIterable<MiniDataset> {
  readonly groupId: string;
  readonly #source: GroupSource;
  readonly #signal: AbortSignal | undefined;
  readonly #maxRecords: number;
  readonly #pauseMs: number;
  readonly #leaveAtEnd: boolean;
  readonly #closing = new AbortController();

  constructor(options: BatchStreamOptions) {
    refuseUnknownOptions('fromKafkaBatches', options, batchStreamNames);
    const { maxRecords = 1024, pauseTimeout = 1000, leaveAtEnd = true } = options;
    this.#leaveAtEnd = leaveAtEnd;
    this.#signal = options.signal;
    this.#maxRecords = countOrAll('maxRecords', maxRecords, 1);
    this.#pauseMs = atLeast('pauseTimeout', pauseTimeout, -1) < 0 ? Infinity : pauseTimeout;
    const { order = 'arrival' } = options;
    checkOneOf('order', order, ['arrival', 'interleaved']);
    this.#source = new GroupSource(options, Infinity, { order, pauseMs: this.#pauseMs });
    this.groupId = this.#source.groupId;
  }

  /** `return()`, as by `break`, leaves the group, also while a `next()` waits for records, which then is done. */
  [Symbol.asyncIterator](): AsyncGenerator<MiniDataset, void, undefined> {
    return endable((ended) => this.#minis(ended));
  }

  async *#minis(ended: AbortSignal): AsyncGenerator<MiniDataset, void, undefined> {
    const pass: GroupPass = this.#source.open();
    onAbort(ended, () => void pass.close().catch(() => {}));
    const ends = { signal: this.#signal, streamClosed: this.#closing.signal };
    let atEnd: boolean | undefined;
    try {
      for (let index = 0; ; index++) {
        await giveTurn();
        const records = await pass.gather({ max: this.#maxRecords, pauseMs: this.#pauseMs });
        if (!records) {
          atEnd = !ended.aborted;
          return;
        }
        const commit = (position: Position) => this.#source.commit(position);
        yield new MiniDataset(index, records, pass.position, commit, ends);
      }
    } finally {
      if (!atEnd) this.#endWaits();
      if (!atEnd || this.#leaveAtEnd) await pass.close();
    }
  }

  /** Commits `position`, or all that was handed over so far. Does nothing with `commit: 'off'`. */
  async commit(position?: Position): Promise<void> {
    await this.#source.commit(position);
  }

  /**
   * By what the group knows this member, for offsets that are committed in a transaction: those of a member that the group
   * has given up are refused. Without a member (before the first record) the group alone.
   */
  member(): MemberIdentity {
    return this.#source.pass?.identity ?? { groupId: this.groupId, generation: -1, memberId: '' };
  }

  /** The partitions this member has now, by topic. */
  assignment(): Assignment {
    return this.#source.pass?.assignment ?? {};
  }

  /** The next offset of every partition, as plain JSON: all before it was handed over. */
  position(): Position {
    return this.#source.position();
  }

  /**
   * The ids of the topics in {@link position}, to be kept beside it where it is written down; given back as `topicIds`
   * they show whether a topic was deleted and created again. `{}` from brokers before Kafka 2.8.
   */
  topicIds(): TopicIds {
    return topicIdsOf(this.position());
  }

  /**
   * The epochs of the leaders behind {@link position}, to be kept beside it, too; given back as `leaderEpochs` they show whether
   * the log was cut back meanwhile.
   */
  leaderEpochs(): LeaderEpochs {
    return leaderEpochsOf(this.position());
  }

  /**
   * How many records of its partitions this stream has not handed over yet, by the ends of the logs as the last answers
   * had them (nothing is asked for; while enough was fetched ahead it may be too low). `NaN` before the first answer.
   */
  lag(): number {
    return this.#source.pass?.lag ?? NaN;
  }

  /** What reading has cost so far, and the share of time spent waiting for Kafka. */
  stats(): ReadStats {
    return this.#source.stats();
  }

  /**
   * Leaves the group and frees the connections. What passes over its mini datasets wait for, such as a schema, ends with
   * KafkaClosedError (`ST_KAFKA_CLOSED`), as where a `for await` is left before the end; their records can be gone over afterwards.
   */
  async close(): Promise<void> {
    this.#endWaits();
    await this.#source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Nobody can take a pass that stopped half way for a whole one: it fails. */
  #endWaits(): void {
    this.#closing.abort(
      new KafkaClosedError({ what: `The stream of mini datasets of group "${this.groupId}"` }),
    );
  }
}
