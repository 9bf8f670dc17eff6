/** One life of a server within its group: rows in, predictions and offsets out, a transaction a batch. */
import { StreamTrainError } from '../errors.ts';
import {
  createTopic,
  DeliveryError,
  fromKafkaBatches,
  InstanceFencedError,
  KafkaProtocolError,
  openTransactions,
  PollIntervalExceededError,
  ProducerFencedError,
  TransactionAbortedError,
  TransactionUnknownError,
  type BatchStream,
  type KafkaAccess,
  type KafkaClient,
  type Transaction,
  type Transactions,
  type WriterItem,
} from '../kafka/index.ts';
import { accessNames } from '../kafka/client/open.ts';
import { deadLetterHeadersOf } from '../kafka/dead-letters.ts';
import { BatchFiller, type ServingBatch } from './batches.ts';
import type { Guard, JudgedRows } from './guard.ts';
import type { ModelVersions } from './model-versions.ts';
import type { CheckedServeOptions } from './options.ts';
import { encodePredictions } from './prediction.ts';
import { decodeRows, type BadRow, type RowReader } from './predictor.ts';
import type { CommittedBatch } from './progress.ts';

/** What a life works with. */
export interface LifeParts {
  readonly options: CheckedServeOptions;
  readonly client: KafkaClient;
  /** Under which name transactions are written: the same in every life. */
  readonly transactionalId: string;
  readonly versions: ModelVersions;
  readonly reader: RowReader;
  readonly guard: Guard | undefined;
  readonly signal: AbortSignal;
  readonly onOpened: (stream: BatchStream) => void;
  readonly onCommitted: (batch: CommittedBatch) => unknown;
}

/** What a batch came to. */
interface Outcome {
  readonly items: readonly WriterItem[];
  readonly letters: readonly WriterItem[];
  readonly judged: JudgedRows | undefined;
  readonly version: string | null;
}

/** From opening the stream to its end or its first failure; the next life begins at the last committed offsets. */
export class ServingLife {
  readonly #parts: LifeParts;
  readonly #producer: Transactions;
  readonly #stream: BatchStream;
  readonly #filler: BatchFiller;
  #committing: Promise<void> = Promise.resolve();
  /** A commit has failed: this life is over, whether another row comes or not. */
  readonly #failed = new AbortController();
  #deadLetterPartitions: number | undefined;

  private constructor(parts: LifeParts, producer: Transactions) {
    const { options, client, signal } = parts;
    const { source, linger, batchRows, instance, onRemark } = options;
    this.#parts = parts;
    this.#producer = producer;
    this.#stream = fromKafkaBatches({
      streamTimeout: -1,
      ...(onRemark !== undefined && { onRemark }),
      ...readingOf(source, client),
      client,
      commit: 'off',
      leaveAtEnd: false,
      // What is there is handed over at once: filling up is done here, by the clock.
      ...{ maxRecords: batchRows, pauseTimeout: 0 },
      ...(instance !== undefined && { groupInstanceId: instance }),
      onRevoked: () => this.#settled(),
    });
    this.#filler = new BatchFiller(this.#stream, {
      ...{ linger, batchRows, signal: AbortSignal.any([signal, this.#failed.signal]) },
      take: (batch) => this.#take(batch),
    });
    parts.onOpened(this.#stream);
  }

  /** Serves until the stream ends or the signal is aborted. */
  static async run(parts: LifeParts): Promise<void> {
    const { client, transactionalId, options } = parts;
    const { transactionTimeout } = options;
    // First: what an earlier life left open is settled before the group's offsets are asked for.
    await using producer = await openTransactions({ client, transactionalId, transactionTimeout });
    const life = new ServingLife(parts, producer);
    try {
      await life.#filler.run();
      await life.#settled();
    } finally {
      await life.#stream.close();
    }
  }

  /** All that was handed over is predicted and committed. */
  async #settled(): Promise<void> {
    await this.#filler.flush();
    await this.#committing;
  }

  /** Predicts a batch while the one before is being committed, and begins to commit it. */
  async #take(batch: ServingBatch): Promise<void> {
    const { versions, reader, options, guard } = this.#parts;
    const served = versions.next()!;
    const bad: BadRow[] = [];
    const rows = await decodeRows(reader, batch.records, bad);
    const { rows: good, scored } = await served.predictor.predict(rows, served.version, bad);
    const judged = await guard?.shadow(good, scored, versions.candidate);
    const values = encodePredictions(good.records, scored, options.encode);
    const items = good.records.map(({ key }, row): WriterItem => ({ key, value: values[row]! }));
    const letters = bad.length === 0 ? [] : await this.#letters(bad);
    await this.#committing;
    const transaction = await this.#producer.begin();
    this.#committing = this.#commit(transaction, batch, {
      ...{ items, letters, judged, version: served.version },
    });
    this.#committing.catch(() => this.#failed.abort());
  }

  async #commit(
    transaction: Transaction,
    { records, end, member }: ServingBatch,
    { items, letters, judged, version }: Outcome,
  ): Promise<void> {
    const { options, onCommitted, guard } = this.#parts;
    if (items.length > 0) void transaction.send(options.to, items).catch(() => {});
    if (letters.length > 0) void transaction.send(options.deadLetters, letters).catch(() => {});
    void transaction.sendOffsets(end, member).catch(() => {});
    await transaction.commit();
    const timestamps = Float64Array.from(records, ({ timestamp }) => timestamp);
    await onCommitted({ rows: items.length, deadLetters: letters.length, timestamps, version });
    if (judged !== undefined) guard?.count(judged);
  }

  /** Bad records with the headers that say why, for the topic of dead letters. */
  async #letters(bad: readonly BadRow[]): Promise<WriterItem[]> {
    const { client, options } = this.#parts;
    this.#deadLetterPartitions ??= (await createTopic(options.deadLetters, { client })).partitions;
    const partitions = this.#deadLetterPartitions;
    return bad.map(({ record, error }) => ({
      key: record.key,
      value: record.value,
      partition: record.partition % partitions,
      headers: deadLetterHeadersOf(record, error),
    }));
  }
}

/** How to read; what says where from is in the client, if that was made from these options. */
function readingOf(source: CheckedServeOptions['source'], client: KafkaClient) {
  if (source.client === client) return source;
  const reading = Object.entries(source).filter(([name]) => !Object.hasOwn(accessNames, name));
  return Object.fromEntries(reading) as Omit<typeof source, keyof KafkaAccess>;
}

/** Whether another life may do better: the transaction was aborted, its fate is unknown, or brokers were away. */
export function mayGoOn(error: unknown): boolean {
  if (error instanceof ProducerFencedError || error instanceof InstanceFencedError) return false;
  if (error instanceof TransactionUnknownError || error instanceof PollIntervalExceededError) return true;
  if (error instanceof TransactionAbortedError) {
    const { cause } = error;
    if (cause instanceof KafkaProtocolError || cause instanceof DeliveryError)
      return !(cause.type ?? '').includes('AUTHORIZATION');
    return !(cause instanceof StreamTrainError) || cause.canRetry;
  }
  return error instanceof StreamTrainError && error.canRetry;
}
