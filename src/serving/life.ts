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
  type KafkaRecord,
  type Transactions,
  type WriterItem,
} from '../kafka/index.ts';
import { accessNames } from '../kafka/client/open.ts';
import { deadLetterHeadersOf } from '../kafka/dead-letters.ts';
import { unlessStopped } from '../process/index.ts';
import { BatchFiller, type BatchEnd } from './batches.ts';
import type { Guard } from './guard.ts';
import type { ModelVersions } from './model-versions.ts';
import type { CheckedServeOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { encodePredictions } from './prediction.ts';
import { decodeRows, PREDICTED_AT_ONCE, type BadRow, type RowReader } from './predictor.ts';
import { PredictedBatch, type CommittedBatch } from './progress.ts';

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
  /** How long brokers that are away are waited for, ms. */
  readonly patienceMs: number;
  readonly onOpened: (life: Pick<ServingLife, 'lag' | 'isIdle'>) => void;
  /** The brokers are asked to open or to commit a transaction. */
  readonly onAsking: () => void;
  readonly onCommitted: (batch: CommittedBatch) => unknown;
}

/** From opening the stream to its end or its first failure; the next life begins at the last committed offsets. */
export class ServingLife {
  readonly #parts: LifeParts;
  readonly #stream: BatchStream;
  readonly #filler: BatchFiller;
  readonly #outbox: Outbox;
  /** Of the batch at hand. */
  #batch: PredictedBatch | undefined;
  /** A commit has failed: this life is over, whether another row comes or not. */
  readonly #failed = new AbortController();
  #isOver = false;
  #deadLetterPartitions: number | undefined;

  private constructor(parts: LifeParts, producer: Transactions) {
    const { options, client, signal } = parts;
    const patienceMs = patienceOf(parts);
    const { source, linger, batchRows, instance, onRemark } = options;
    const pieceRows = Math.min(batchRows, PREDICTED_AT_ONCE);
    this.#parts = parts;
    this.#outbox = new Outbox(producer, {
      onAsking: parts.onAsking,
      onFailed: () => this.#failed.abort(),
    });
    this.#stream = fromKafkaBatches({
      streamTimeout: -1,
      ...(onRemark !== undefined && { onRemark }),
      ...readingOf(source, client),
      client,
      retryForMs: Math.min(source.retryForMs ?? Infinity, patienceMs),
      // By transactions; the stream itself commits only where it begins.
      commit: 'manual',
      leaveAtEnd: false,
      // What is there is handed over at once: filling up is done here, by the clock.
      ...{ maxRecords: pieceRows, pauseTimeout: 0 },
      ...(instance !== undefined && { groupInstanceId: instance }),
      onRevoked: () => this.#settled(),
    });
    this.#filler = new BatchFiller(this.#stream, {
      ...{ linger, batchRows, pieceRows, signal: AbortSignal.any([signal, this.#failed.signal]) },
      take: (records) => this.#predict(records),
      commit: (batch) => this.#commit(batch),
    });
    parts.onOpened(this);
  }

  /** Serves until the stream ends or the signal is aborted. */
  static async run(parts: LifeParts): Promise<void> {
    const { client, transactionalId, options } = parts;
    const { transactionTimeout } = options;
    const deliveryTimeout = Math.min(client.settings.producer.deliveryTimeout, patienceOf(parts));
    parts.onAsking();
    // First: what an earlier life left open is settled before the group's offsets are asked for.
    await using producer = await openTransactions({
      client,
      transactionalId,
      transactionTimeout,
      deliveryTimeout,
    });
    const life = new ServingLife(parts, producer);
    try {
      // Where it is stopped while a schema is waited for, the batch at hand is left to whoever reads it next.
      await unlessStopped(
        life.#filler.run().then(() => life.#settled()),
        parts.signal,
      );
      // A commit of rows before these is under way, and what hears of it may fail.
      await life.#outbox.settled();
    } finally {
      life.#isOver = true;
      await life.#stream.close();
    }
  }

  /** Records of its partitions that wait; NaN while that is not known. */
  get lag(): number {
    return this.#stream.lag();
  }

  /** It has read all that there is, and all of that is committed: nothing is amiss. */
  get isIdle(): boolean {
    return (
      !this.#isOver &&
      this.lag === 0 &&
      this.#filler.isEmpty &&
      this.#batch === undefined &&
      !this.#outbox.isBusy
    );
  }

  /** All that was handed over is predicted and committed. */
  async #settled(): Promise<void> {
    await this.#filler.flush();
    await this.#outbox.settled();
  }

  /** Predicts rows of the batch at hand, and sends what comes of them; all rows of a batch are predicted by one version. */
  async #predict(records: readonly KafkaRecord[]): Promise<void> {
    const { versions, reader, options, guard } = this.#parts;
    const batch = (this.#batch ??= new PredictedBatch(versions.next()!));
    const { predictor, version } = batch.served;
    const bad: BadRow[] = [];
    const rows = await decodeRows(reader, records, bad, this.#parts.signal);
    const { rows: good, scored } = await predictor.predict(rows, version, bad);
    const shadowed = await guard?.shadow(good, scored, versions.candidate);
    const values = encodePredictions(good.records, scored, options.encode);
    const items = good.records.map(({ key }, row): WriterItem => ({ key, value: values[row]! }));
    await this.#outbox.send(options.to, items);
    if (bad.length > 0) await this.#outbox.send(options.deadLetters, await this.#letters(bad));
    batch.add(records, bad.length, shadowed);
  }

  /** Begins to commit the batch at hand, once the one before is through. */
  async #commit({ end, member }: BatchEnd): Promise<void> {
    const { onCommitted, guard } = this.#parts;
    const batch = this.#batch!;
    this.#batch = undefined;
    await this.#outbox.commit({ end, member }, async () => {
      await onCommitted(batch.committed);
      for (const shadowed of batch.shadowed) guard?.count(shadowed);
    });
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

/** The last life of a long trouble is given a moment, too, ms. */
const LEAST_PATIENCE_MS = 1_000;
const patienceOf = ({ patienceMs }: LifeParts): number => Math.max(LEAST_PATIENCE_MS, Math.ceil(patienceMs));

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
