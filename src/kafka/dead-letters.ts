/**
 * The dead-letter topic: where records that cannot be decoded are kept, bytes unchanged, with headers that say why; and
 * how it is read.
 */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { orAfter, Turns } from '../process/index.ts';
import { createTopic } from './admin/topics.ts';
import type { KafkaProducer } from './client/client.ts';
import type { OutgoingHeaders, HeaderList, KafkaRecord, RecordHeaders } from './record.ts';
import { accessNames, leaseClient, type KafkaAccess } from './client/open.ts';
import { badRecordReasons, type BadRecordError, type BadRecordReason } from './codec/errors.ts';
import { BadRecordTally, type BadRecordHandler } from './codec/policy.ts';
import type { Dataset } from './dataset/dataset.ts';
import { fromKafka, type PartitionDatasetOptions } from './dataset/partition-dataset.ts';
import { DeadLetterError } from './read-errors.ts';
import { headerFields, headerListOf } from './record.ts';

/** The names of the headers a dead letter carries, all text. */
export const deadLetterHeaders = {
  reason: 'dead-letter.reason',
  message: 'dead-letter.message',
  topic: 'dead-letter.topic',
  partition: 'dead-letter.partition',
  offset: 'dead-letter.offset',
  timestamp: 'dead-letter.timestamp',
} as const;

/** The record's own headers, and behind them, whatever names those have, the ones that say why it is here. */
export function deadLetterHeadersOf(record: KafkaRecord, error: BadRecordError): OutgoingHeaders {
  return [
    ...headerListOf(record),
    [deadLetterHeaders.reason, error.reason],
    [deadLetterHeaders.message, error.detail],
    [deadLetterHeaders.topic, record.topic],
    [deadLetterHeaders.partition, String(record.partition)],
    [deadLetterHeaders.offset, String(record.offset)],
    [deadLetterHeaders.timestamp, String(record.timestamp)],
  ];
}

/** A bad record, as it was kept. */
export interface DeadLetter {
  /** `unknown` when the record was not written by {@link deadLetters}. */
  reason: BadRecordReason | 'unknown';
  /** What was wrong, in words. */
  message: string;
  /** Where the record stood; `timestamp` in ms. `topic` is `''` and numbers are -1 when unknown. */
  source: Pick<KafkaRecord, 'topic' | 'partition' | 'offset' | 'timestamp'>;
  key: Buffer | null;
  value: Buffer | null;
  /** The headers the record had itself: the last value of each name, ... */
  headers: RecordHeaders;
  /** ... and all of them where a name comes several times. */
  headerList?: HeaderList;
  /** The record in the dead-letter topic. */
  record: KafkaRecord;
}

/**
 * The bad records in a dead-letter topic, from the beginning to its end as of now unless the options say otherwise.
 *
 * @example
 * ```ts
 * for await (const { reason, source, value } of readDeadLetters('cancer-train.dead'))
 *   console.log(reason, source.partition, source.offset, String(value));
 * ```
 */
export function readDeadLetters(topic: string, options: PartitionDatasetOptions = {}): Dataset<DeadLetter> {
  return fromKafka(topic, options).map(deadLetterOf);
}

/** All but the last header of each of our names: an earlier one was the record's own. */
function withoutOurs(list: HeaderList): HeaderList {
  const ours = new Set(
    Object.values(deadLetterHeaders).map((name) => list.findLastIndex(([other]) => other === name)),
  );
  return list.filter((_header, at) => !ours.has(at));
}

/** Reads the headers of a record of a dead-letter topic. */
function deadLetterOf(record: KafkaRecord): DeadLetter {
  const text = (name: keyof typeof deadLetterHeaders): string | undefined =>
    record.headers[deadLetterHeaders[name]]?.toString('utf8');
  const reason = badRecordReasons.find((known) => known === text('reason')) ?? 'unknown';
  return {
    reason,
    message: text('message') ?? '',
    source: {
      topic: text('topic') ?? '',
      partition: Number(text('partition') ?? -1),
      offset: Number(text('offset') ?? -1),
      timestamp: Number(text('timestamp') ?? -1),
    },
    key: record.key,
    value: record.value,
    ...headerFields(withoutOurs(headerListOf(record))),
    record,
  };
}

/** Options of {@link deadLetters}: how to reach Kafka, or a client to use, which stays open. */
export interface DeadLettersOptions extends KafkaAccess {
  /** Partitions of the topic, 1 if it has to be created. A record keeps its partition number modulo this. */
  partitions?: number;
}

const optionNames: OptionNames<DeadLettersOptions> = { ...accessNames, partitions: true };

/** A handler that writes bad records to a topic; see {@link deadLetters}. */
export interface DeadLetters extends BadRecordHandler, AsyncDisposable {
  readonly topic: string;
  /** Records the brokers have. */
  readonly delivered: number;
  /**
   * Delivers what waits and gives the connection back; the next bad record opens a new one. While the brokers are away it
   * ends in 5 s, with a {@link DeadLetterError} if records wait.
   */
  close(): Promise<void>;
}

/**
 * Keeps bad records in a topic of their own: key, value and headers byte for byte, with further headers behind them
 * saying reason, message, source topic, partition, offset and timestamp ({@link deadLetterHeaders}); the record's own
 * headers stay even if they have these names. The topic is created when it is missing, the connection opened at the
 * first bad record and given back at the end of each pass.
 *
 * A batch is handed over only after the bad records in it were delivered, so a commit never passes them. Delivery is
 * at least once: after a crash before the commit, or a delivery that failed in part, a record may come twice, with the
 * same source offset. Throws {@link DeadLetterError} from `settle()`.
 *
 * @example
 * ```ts
 * await using letters = deadLetters('cancer-train.dead');
 * const batches = fromKafka('cancer-train').decodeBatch(csvCodec({ columns: 9 }), 32, { onBad: letters });
 * await model.fitDataset(batches, { epochs: 1 });
 * console.log(letters.counts); // { 'column-count': 3 }
 * ```
 */
export function deadLetters(topic: string, options: DeadLettersOptions = {}): DeadLetters {
  refuseUnknownOptions('deadLetters', options, optionNames);
  return new TopicDeadLetters(topic, options);
}

/** Records in one request to the broker. */
const sendAtOnce = 1_000;
/** The most bytes a broker takes in one request by default (socket.request.max.bytes), less some for the envelope. */
const LARGEST_LETTER = 104_000_000;
/** Closing waits so long (ms) for letters that do not move, and at most so long for the producer to give up. */
const CLOSING_MS = 1_000;
const CLOSING_LIMIT_MS = 3_200;

/** A refused record on its way to the topic. */
interface Waiting {
  record: KafkaRecord;
  error: BadRecordError;
}

interface Connection {
  producer: KafkaProducer;
  partitions: number;
  release: () => Promise<void>;
}

class TopicDeadLetters implements DeadLetters {
  readonly topic: string;
  delivered = 0;
  readonly #options: DeadLettersOptions;
  readonly #tally = new BadRecordTally();
  readonly #waiting: Waiting[] = [];
  #connection: Promise<Connection> | undefined;
  /** The same, once it stands. */
  #connected: Connection | undefined;
  /** Sendings follow each other, so that the order within a partition holds. */
  readonly #turns = new Turns();

  constructor(topic: string, options: DeadLettersOptions) {
    this.topic = topic;
    this.#options = options;
  }

  get counts() {
    return this.#tally.counts;
  }

  handle(record: KafkaRecord, error: BadRecordError): void {
    this.#tally.add(error.reason);
    this.#waiting.push({ record, error });
  }

  settle(): Promise<void> {
    return this.#turns.take(() => this.#send());
  }

  async close(): Promise<void> {
    const sending = this.settle();
    let isOver = false;
    const over = sending.catch(() => {}).then(() => void (isOver = true));
    // While letters arrive at the topic they are waited for; brokers that are away are not, for long.
    for (let before = -1; !isOver && before !== this.delivered;) {
      before = this.delivered;
      await orAfter(over, CLOSING_MS);
    }
    if (!isOver) {
      void this.#connected?.producer.close();
      await orAfter(over, CLOSING_LIMIT_MS);
    }
    if (!isOver) {
      void this.#disconnect();
      throw this.#failed(new Error('they were closed, and no answer came'));
    }
    try {
      await sending;
    } finally {
      await this.#disconnect();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, sendAtOnce);
      try {
        this.#connection ??= this.#connect();
        const { producer, partitions } = await this.#connection;
        const byPartition = new Map<number, Waiting[]>();
        for (const one of batch) {
          const partition = one.record.partition % partitions;
          const own = byPartition.get(partition);
          if (own === undefined) byPartition.set(partition, [one]);
          else own.push(one);
        }
        await Promise.all(
          [...byPartition].map(([partition, letters]) =>
            producer.send(
              this.topic,
              partition,
              letters.map(({ record, error }) => ({
                key: record.key,
                value: record.value,
                headers: deadLetterHeadersOf(record, error),
              })),
            ),
          ),
        );
      } catch (cause) {
        // A producer that failed may be of no use any more: the next attempt starts with a new one.
        await this.#disconnect();
        throw this.#failed(cause);
      }
      this.delivered += batch.length;
      this.#waiting.splice(0, batch.length);
    }
  }

  async #connect(): Promise<Connection> {
    const { client, release } = await leaseClient(this.#options);
    try {
      const wanted = this.#options.partitions;
      const { partitions } = await createTopic(this.topic, {
        client,
        ...(wanted === undefined ? {} : { partitions: wanted }),
      });
      // What is in Kafka already is let through whatever its size; the topic's own limit decides.
      const maxRequestBytes = Math.max(client.settings.producer.maxRequestBytes, LARGEST_LETTER);
      this.#connected = { producer: await client.producer({ maxRequestBytes }), partitions, release };
      return this.#connected;
    } catch (error) {
      await release();
      throw error;
    }
  }

  #failed(cause: unknown): DeadLetterError {
    return new DeadLetterError({ topic: this.topic, records: this.#waiting.length, cause });
  }

  /** Gives the connection back, whatever state it is in. */
  async #disconnect(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = this.#connected = undefined;
    await connection?.producer.close();
    await connection?.release();
  }
}
