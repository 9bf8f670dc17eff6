/** Where online training gets its mini datasets from: Kafka, or anything that can start at a position. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import {
  fromKafkaBatches,
  type BatchStreamOptions,
  type KafkaRecord,
  type Position,
  topicIdsOf,
  type TopicIds,
} from '../../kafka/index.ts';
import { invalidOption, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { batchStreamNames } from '../../kafka/dataset/batch-dataset.ts';

/** A mini dataset as training needs it: `MiniDataset` is one. */
export interface MiniRecords {
  readonly records: readonly KafkaRecord[];
  /** The next offset to read of every partition, once this one is done. */
  readonly end: Position;
}

/** A stream of mini datasets that can be taken once: `BatchStream` is one. */
export interface MiniStream extends AsyncIterable<MiniRecords> {
  /** The consumer group whose offsets its positions are, if there is one. */
  readonly groupId?: string;
  /** The member of the group that reads, with its lasting name if it has one. */
  member?(): { readonly groupInstanceId?: string | undefined };
  /** Tells the source that everything before `position` is done and kept. */
  commit?(position: Position): Promise<void>;
  /** Records not handed over yet; NaN while unknown. */
  lag?(): number;
  /** Time spent waiting for records, ms. */
  stats?(): { readonly waitedMs: number; readonly deleted?: number };
  /** Ends the stream, also while it waits. */
  close?(): Promise<void>;
}

/**
 * The options of `fromKafkaBatches`, but for those that training decides itself. `pauseTimeout` is -1 here unless set
 * otherwise: the borders of mini datasets then do not depend on timing. `bufferBytes` is 8 MiB here.
 */
export type KafkaTrainingSource = Omit<
  BatchStreamOptions,
  | 'position'
  | 'topicIds'
  | 'leaderEpochs'
  | 'savedBy'
  | 'onTopicRecreated'
  | 'commit'
  | 'signal'
  | 'leaveAtEnd'
>;

/** A source of your own. */
export interface CustomTrainingSource {
  /** What it reads; a checkpoint of something else is refused. */
  readonly topics: string | readonly string[];
  /**
   * Starts at `position`, where the checkpoint stands; at the beginning without one. A `fromKafkaBatches` made here wants
   * `leaveAtEnd: false`, for the last commit to find it open, and `onTopicRecreated` if its default is not wanted: the
   * position knows the topics' ids and its leaders' epochs.
   */
  open(position: Position | undefined): MiniStream;
}

/** Where {@link trainOnline} reads from. */
export type TrainingSource = KafkaTrainingSource | CustomTrainingSource;

/** Bytes fetched ahead: training is much slower than reading, so a few seconds' worth are plenty. */
const FETCHED_AHEAD = 8 * 1024 * 1024;

const {
  position: _position,
  topicIds: _topicIds,
  leaderEpochs: _leaderEpochs,
  savedBy: _savedBy,
  onTopicRecreated: _onTopicRecreated,
  commit: _commit,
  signal: _signal,
  leaveAtEnd: _leaveAtEnd,
  ...others
} = batchStreamNames;
const kafkaOptions: OptionNames<KafkaTrainingSource> = others;
const customOptions: OptionNames<CustomTrainingSource> = { topics: true, open: true };

/** Refuses a source with options that it has not, and those that training decides itself (`position`, `commit`, ...). */
export function checkSource(source: TrainingSource): void {
  if (typeof source !== 'object' || source === null)
    throw invalidOption('source', source, 'the options of fromKafkaBatches, or a source of your own');
  if (!('open' in source)) refuseUnknownOptions('the source of trainOnline', source, kafkaOptions);
  // A source that is an object of a class may have what it likes.
  else if (Object.getPrototypeOf(source) === Object.prototype)
    refuseUnknownOptions('a source of your own', source, customOptions);
}

/** The topics of a source, as a list. */
export function topicsOf({ topics }: TrainingSource): readonly string[] {
  const list = [topics].flat();
  if (list.length === 0 || list.some((topic) => typeof topic !== 'string' || topic === ''))
    throw invalidOption('source.topics', topics, 'at least one topic name');
  return list;
}

/** Who opens a source. */
interface OpenedBy {
  readonly onTopicRecreated: 'error' | 'restart';
  /** Where the checkpoints are; none without any. */
  readonly place: string | undefined;
  /** The member of the group that wrote the checkpoint, as far as it is known. */
  readonly savedBy: string | undefined;
  /** Whether that is the same place from every machine. */
  readonly isEverywhere: boolean;
  /** Called and waited for before partitions may go to another member of the group: keeps and commits what was learnt. */
  readonly beforeRevoked: () => Promise<void>;
  readonly remark: (text: string) => unknown;
}

/**
 * Opens a source at a position.
 *
 * @param place where the checkpoints are: whoever has them (there is one at a time) takes over the group membership
 *   of the process that had them before, so that nobody waits for a killed trainer's session to run out
 */
export function openSource(
  source: TrainingSource,
  position: Position | undefined,
  { place, savedBy, isEverywhere, onTopicRecreated, beforeRevoked, remark }: OpenedBy,
): MiniStream {
  if ('open' in source) return source.open(position);
  const name = place === undefined ? undefined : memberName(isEverywhere ? '' : hostname(), place);
  return fromKafkaBatches({
    pauseTimeout: -1,
    bufferBytes: FETCHED_AHEAD,
    ...(name !== undefined && { groupInstanceId: name }),
    onRemark: remark,
    ...source,
    onRevoked: async (assignment) => {
      await beforeRevoked();
      await source.onRevoked?.(assignment);
    },
    onTopicRecreated,
    commit: 'manual',
    leaveAtEnd: false,
    ...(position !== undefined && { position, ...(savedBy !== undefined && { savedBy }) }),
  });
}

function memberName(host: string, place: string): string {
  const digest = createHash('sha256').update(`${host}\n${place}`).digest('hex');
  return `streamtrain-${digest.slice(0, 24)}`;
}

/** Whether as many records as the last time wait already, as far as the source can tell. */
export function isBehind(stream: MiniStream, { records }: MiniRecords): boolean {
  return (stream.lag?.() ?? NaN) >= Math.max(1, records.length);
}

/** Notices topics that were deleted and made again while training goes on at their beginning. */
export class TopicIdentity {
  readonly #ids = new Map<string, string>();
  readonly #remark: (text: string) => void;

  constructor(known: TopicIds, remark: (text: string) => void) {
    for (const [topic, id] of Object.entries(known)) this.#ids.set(topic, id);
    this.#remark = remark;
  }

  /** Takes the position of the next mini dataset; says once where a topic is another one. */
  note(position: Position): void {
    for (const [topic, id] of Object.entries(topicIdsOf(position))) {
      const before = this.#ids.get(topic);
      if (before === id) continue;
      this.#ids.set(topic, id);
      if (before !== undefined)
        this.#remark(
          `Topic ${topic} was deleted and created again (its id was ${before}, now it is ${id}): training keeps what it ` +
            'has learnt, and goes on at the beginning of the new topic.',
        );
    }
  }
}
