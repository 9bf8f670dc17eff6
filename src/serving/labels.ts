/** The topic of labels: read by every server of a group, whole, from the time of its first rows on. */
import { messageOf } from '../errors.ts';
import { checkInteger, invalidOption, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { giveTurn, pause, turnIsDue } from '../process/index.ts';
import { isDecimal } from '../kafka/codec/csv-row.ts';
import { fromKafka, SchemaPendingError } from '../kafka/index.ts';
import type { KafkaClient, KafkaRecord, Position } from '../kafka/index.ts';
import { SchemaRegistryAwayError, whenReady } from '../kafka/registry/errors.ts';
import { LabelJoin, type AwaitingRow, type JoinOptions, type LabelCounts } from './label-join.ts';

/** Labels that come later than their rows, in a topic of their own. */
export interface LabelsOptions {
  /** Each record has the key of its row, and the label as its value. Its partitions need not be those of the rows. */
  topic: string;
  /**
   * By how much the time of a label may differ from that of its row, and how long the one is kept for the other, ms (default
   * 60,000).
   */
  within?: number;
  /** So many rows, and so many labels, are kept at most (default 100,000); beyond that the oldest are forgotten, and counted. */
  most?: number;
  /** Reads a label: the class from 0, or the value of a regression. Default: the record's value as a decimal number. */
  decode?: (record: KafkaRecord) => number;
}

const known: OptionNames<LabelsOptions> = { topic: true, within: true, most: true, decode: true };
const DEFAULT_WITHIN = 60_000;
const DEFAULT_MOST = 100_000;
/** After a failure the topic is read again from where it stood, or a schema asked for again, so much later, ms. */
const PAUSE_MS = 1_000;

/**
 * The options with their defaults.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function checkLabels(options: LabelsOptions): Required<LabelsOptions> {
  if (typeof options !== 'object' || options === null)
    throw invalidOption('labels', options, 'an object such as { topic }');
  refuseUnknownOptions('labels', options, known);
  const { topic, within = DEFAULT_WITHIN, most = DEFAULT_MOST, decode = numberIn } = options;
  if (typeof topic !== 'string' || topic === '') throw invalidOption('labels.topic', topic, "a topic's name");
  if (typeof decode !== 'function') throw invalidOption('labels.decode', decode, 'a function of a record');
  return {
    ...{ topic, decode },
    within: checkInteger('labels.within', within, { least: 1 }),
    most: checkInteger('labels.most', most, { least: 1 }),
  };
}

function numberIn({ value }: KafkaRecord): number {
  const text = value?.toString('utf8').trim() ?? '';
  return isDecimal(text) ? Number(text) : NaN;
}

/** What {@link Labels} needs to know of the rows it is for. */
interface LabelsParts<Row extends AwaitingRow> extends Pick<JoinOptions<Row>, 'onJoined' | 'onRemark'> {
  readonly client: KafkaClient;
  /** Whether the model can have been asked for this. */
  readonly isLabel: (value: number) => boolean;
}

/** Rows that wait for labels, and the topic that these come from. */
export class Labels<Row extends AwaitingRow> {
  readonly #options: Required<LabelsOptions>;
  readonly #parts: LabelsParts<Row>;
  readonly #join: LabelJoin<Row>;
  readonly #stopping = new AbortController();
  #reading: Promise<void> | undefined;
  /** What was said last of reading that failed: said once while it goes on. */
  #said = '';

  constructor(options: Required<LabelsOptions>, parts: LabelsParts<Row>) {
    this.#options = options;
    this.#parts = parts;
    const { within, most } = options;
    this.#join = new LabelJoin({ within, most, onJoined: parts.onJoined, onRemark: parts.onRemark });
  }

  get counts(): LabelCounts {
    return this.#join.counts;
  }

  /** Rows whose predictions were committed; `keyless` more have no key. The first ones say from when on labels are read. */
  add(rows: readonly Row[], keyless: number): void {
    const oldest = rows.reduce((least, { time }) => Math.min(least, time), Infinity);
    if (rows.length > 0) this.#reading ??= this.#read(Math.max(0, oldest - this.#options.within));
    for (const row of rows) this.#join.addRow(row);
    for (let n = 0; n < keyless; n++) this.#join.addKeyless();
  }

  /** Reads no more, and says what came to be. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#reading;
    const summary = this.#join.summary();
    if (summary !== undefined) this.#parts.onRemark(summary);
  }

  /** Until it is closed, whatever happens to the topic: serving goes on without labels. */
  async #read(from: number): Promise<void> {
    const { signal } = this.#stopping;
    const { topic } = this.#options;
    const { client } = this.#parts;
    let position: Position = {};
    while (!signal.aborted) {
      const records = fromKafka(topic, {
        ...{ client, signal, position, offset: { timestamp: from } },
        ...{ stop: 'never', onTopicRecreated: 'restart' },
      });
      try {
        for await (const record of records) {
          const missing = this.#take(record);
          if (missing) await this.#takeWith(missing, record);
          if (turnIsDue()) await giveTurn();
        }
      } catch (error) {
        if (signal.aborted) return;
        position = records.position();
        await this.#pauseAfter(error).catch(() => {});
      }
    }
  }

  /**
   * Takes a label whose schema is being fetched, the same one however often that fails: the dataset counts it as read already,
   * and would go on behind it.
   */
  async #takeWith(missing: SchemaPendingError, record: KafkaRecord): Promise<void> {
    const { signal } = this.#stopping;
    for (let wanted: SchemaPendingError | undefined = missing; wanted; wanted = this.#take(record))
      try {
        await whenReady(wanted, [signal]);
      } catch (error) {
        signal.throwIfAborted();
        await this.#pauseAfter(error);
      }
  }

  async #pauseAfter(error: unknown): Promise<void> {
    const text = messageOf(error);
    // For how long a registry was asked differs from time to time.
    const trouble = error instanceof SchemaRegistryAwayError ? error.problem : text;
    if (trouble !== this.#said)
      this.#parts.onRemark(`The labels in ${this.#options.topic} cannot be read: ${text} It is tried again.`);
    this.#said = trouble;
    await pause(PAUSE_MS, this.#stopping.signal);
  }

  /** @returns the schema that it needs first, where that is not here yet: then it is not taken */
  #take(record: KafkaRecord): SchemaPendingError | undefined {
    const { topic, partition, offset, key, timestamp } = record;
    const where = `at offset ${offset} of ${topic}[${partition}]`;
    const bad = (why: string): undefined => void this.#join.addBad(why);
    if (key === null) return bad(`the one ${where} has no key`);
    let label: number;
    try {
      label = this.#options.decode(record);
    } catch (error) {
      if (error instanceof SchemaPendingError) return error;
      return bad(`${messageOf(error)} (${where})`);
    }
    if (!this.#parts.isLabel(label)) return bad(`the one ${where} says ${label}`);
    this.#join.addLabel(key.toString('latin1'), label, timestamp);
    return undefined;
  }
}
