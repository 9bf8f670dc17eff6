/** What is read, written and learnt under faults: each run checks that every row counted once, or hands back the error. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultMaker } from '../../src/broker/index.ts';
import { StreamTrainError } from '../../src/errors.ts';
import { KafkaWriter, csvCodec, fromKafka, fromKafkaGroup } from '../../src/kafka/index.ts';
import type { Dataset, KafkaRecord } from '../../src/kafka/index.ts';
import { localCheckpoints, type CheckpointStore } from '../../src/training/index.ts';
import { trainOnline } from '../../src/training/index.ts';
import type { Outcome } from '../helpers/schedules.ts';
import { numberOf, range, sorted, type Bench } from '../kafka/dataset-helpers.ts';
import { PlainRegression, RowLedger, writeRows } from '../training/online/helpers.ts';

const PARTITIONS = 2;

/** The way to Kafka on which the faults are, and how patient a client is there. Times in ms. */
export interface Way {
  readonly brokers: readonly string[];
  readonly connectTimeout: number;
  readonly requestTimeout: number;
  readonly retryForMs: number;
}

/** One run. */
export interface Run {
  readonly way: Way;
  /** Ends all faults, for good. */
  readonly heal: () => Promise<void>;
  /** Empty; for checkpoints. */
  readonly folder: string;
  /** The run's consumer group. */
  readonly groupId: string;
  /** An empty topic to write to, made before the faults: a cluster that lacks a node refuses a topic of three copies. */
  readonly target: string;
}

/** What a training came to. */
export interface Learnt {
  readonly ended: string;
  readonly totalRows: number;
  /** Rows that were not learnt exactly once. */
  readonly faults: readonly string[];
  readonly weights: readonly number[];
}

/** Two topics full of rows, and what can be done with them. */
export class Runs {
  readonly #bench: Bench;
  readonly #rows: number;
  readonly #pauseMs: number;
  /** Numbered rows in two partitions: what is read. */
  readonly numbers: string;
  /** Rows of a model's: what is trained on. */
  readonly examples: string;
  #unbroken: Learnt | undefined;

  private constructor(bench: Bench, rows: number, pauseMs: number, topics: readonly [string, string]) {
    [this.#bench, this.#rows, this.#pauseMs] = [bench, rows, pauseMs];
    [this.numbers, this.examples] = topics;
  }

  /**
   * @param rows rows of each partition
   * @param pauseMs how long a run rests after every 40 rows, so that there is something left when a fault comes
   */
  static async prepare(bench: Bench, { rows, pauseMs }: { rows: number; pauseMs: number }): Promise<Runs> {
    const numbers = await bench.topic({ partitions: PARTITIONS });
    const examples = await bench.topic({ partitions: PARTITIONS });
    for (let partition = 0; partition < PARTITIONS; partition++) {
      // Small batches, for a fault to fall between them: a broker hands over whole batches.
      for (let from = 0; from < rows; from += 40) {
        await bench.write(numbers, 40, { partition, from: partition * rows + from });
        await writeRows(bench, examples, 40, { partition, from: partition * rows + from });
      }
    }
    return new Runs(bench, rows, pauseMs, [numbers, examples]);
  }

  /** A topic for {@link Run.target}. */
  target(): Promise<string> {
    return this.#bench.topic({ partitions: PARTITIONS });
  }

  /** A partition: every row once, in order. */
  readPartition = async ({ way }: Run): Promise<Outcome> => {
    const rows = fromKafka(this.numbers, { partition: 1, ...reading(way) });
    const read = await orError(() => this.#inNoHurry(rows));
    if (read instanceof StreamTrainError) return `partition: ${read.code}`;
    assert.deepEqual(read.map(numberOf), range(this.#rows, this.#rows));
    return 'partition: exact';
  };

  /** A group's only member: every row of all partitions once. */
  readGroup = async ({ way, groupId }: Run): Promise<Outcome> => {
    const stream = fromKafkaGroup({ topics: this.numbers, groupId, stop: 'end', ...reading(way) });
    const read = await orError(() => this.#inNoHurry(stream));
    if (read instanceof StreamTrainError) return `group: ${read.code}`;
    assert.deepEqual(sorted(read.map(numberOf)), range(PARTITIONS * this.#rows));
    return 'group: exact';
  };

  /** A writer: rows it confirmed are there, in order, none twice. */
  write = async ({ way, heal, target: topic }: Run): Promise<Outcome> => {
    const { retryForMs: deliveryTimeout, ...connection } = way;
    const confirmed = await orError(async () => {
      const writer = await KafkaWriter.open(topic, { ...connection, batchRecords: 20, deliveryTimeout });
      try {
        for (let row = 0; row < this.#rows; row++) {
          await writer.write({ partition: row % PARTITIONS, value: String(row) });
          if (row % 40 === 39) await sleep(this.#pauseMs);
        }
      } finally {
        await writer.close();
      }
      return writer.progress.written;
    });
    await heal();
    const arrived: number[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const rows = await fromKafka(topic, { partition, brokers: this.#bench.brokers }).toArray();
      assert.deepEqual(
        rows.map(numberOf),
        sorted(rows.map(numberOf)),
        `partition ${partition} is out of order`,
      );
      arrived.push(...rows.map(numberOf));
    }
    assert.equal(new Set(arrived).size, arrived.length, 'a row was written twice');
    if (confirmed instanceof StreamTrainError) return `writer: ${confirmed.code}`;
    assert.deepEqual([confirmed, sorted(arrived)], [this.#rows, range(this.#rows)]);
    return 'writer: exact';
  };

  /** Training with checkpoints: byte for byte what an unbroken run has learnt; after an error, once it is run again. */
  learn = async ({ way, heal, folder, groupId }: Run): Promise<Outcome> => {
    const unbroken = await this.unbroken();
    const store = localCheckpoints(folder);
    const first = await orError(() => this.train(way, groupId, store));
    if (!(first instanceof StreamTrainError)) {
      assert.deepEqual(first, unbroken);
      return 'training: exact';
    }
    await heal();
    assert.deepEqual(await this.train(patient(way), groupId, store), unbroken);
    return `training: ${first.code}, then exact`;
  };

  /**
   * Training while partitions come and go: it may end with those that others have now unread, or with an error; run
   * again, it has learnt every row once.
   */
  learnShared = async ({ way, heal, folder, groupId }: Run): Promise<Outcome> => {
    const store = localCheckpoints(folder);
    const first = await orError(() => this.train(way, groupId, store));
    await heal();
    const { totalRows, faults } = await this.train(patient(way), groupId, store);
    assert.deepEqual([totalRows, faults], [PARTITIONS * this.#rows, []]);
    return `shared training: ${first instanceof StreamTrainError ? `${first.code}, then ` : ''}exact`;
  };

  /** Another member comes into a run's group, reads without committing, and leaves. */
  rebalance({ groupId }: Pick<Run, 'groupId'>): FaultMaker {
    return () => {
      const other = fromKafkaGroup({
        topics: this.examples,
        groupId,
        brokers: this.#bench.brokers,
        commit: 'off',
        streamTimeout: -1,
      });
      const rows = other[Symbol.asyncIterator]();
      let reading: Promise<unknown> = Promise.resolve();
      return {
        name: 'share the group with another member',
        begin: () => void (reading = rows.next().catch(() => undefined)),
        end: async () => {
          await other.close();
          await reading;
        },
      };
    };
  }

  /** What training without any fault comes to. */
  async unbroken(): Promise<Learnt> {
    const way = {
      brokers: this.#bench.brokers,
      connectTimeout: 5000,
      requestTimeout: 10_000,
      retryForMs: 60_000,
    };
    this.#unbroken ??= await this.train(way, this.#bench.group());
    return this.#unbroken;
  }

  /**
   * Trains on all examples, from the checkpoint if there is one, and returns what was learnt, from which rows.
   *
   * @param options.onMini told how many mini datasets are learnt
   * @param options.streamTimeout ends by so much silence, instead of at the end of the topic
   */
  async train(
    way: Way,
    groupId: string,
    checkpoint?: CheckpointStore,
    options: { onMini?: (count: number) => void; streamTimeout?: number | 'default' } = {},
  ): Promise<Learnt> {
    const [model, ledger] = [new PlainRegression(3), new RowLedger()];
    const { onMini, streamTimeout } = options;
    const end =
      streamTimeout === undefined
        ? { stop: 'end' as const }
        : streamTimeout === 'default'
          ? {}
          : { streamTimeout };
    const { ended, totalRows } = await trainOnline({
      source: {
        ...reading(way),
        ...{ topics: this.examples, groupId, maxRecords: 40, order: 'interleaved' },
        ...end,
      },
      model,
      decode: csvCodec({ columns: 3 }),
      seed: 3,
      extras: { ledger },
      onLearnt: (mini) => ledger.add(mini),
      onRemark: () => undefined,
      ...(onMini && { onProgress: ({ miniDatasets }) => onMini(miniDatasets) }),
      ...(checkpoint && { checkpoint: slowly(checkpoint, this.#pauseMs) }),
    });
    const rows = Object.fromEntries(Array.from({ length: PARTITIONS }, (_, one) => [one, this.#rows]));
    return { ended, totalRows, faults: ledger.faults(rows), weights: [...model.weights] };
  }

  async #inNoHurry(rows: Dataset<KafkaRecord>): Promise<KafkaRecord[]> {
    const read: KafkaRecord[] = [];
    for await (const record of rows) if (read.push(record) % 40 === 0) await sleep(this.#pauseMs);
    return read;
  }
}

/** Little is read at once, so that Kafka is needed all the time. */
function reading(way: Way) {
  const consumer = { maxPartitionFetchBytes: 1500, fetchMaxBytes: 1500, fetchMaxWait: 50 };
  return { ...way, brokers: [...way.brokers], bufferRecords: 60, consumer };
}

function patient(way: Way): Way {
  return { ...way, connectTimeout: 5000, requestTimeout: 10_000, retryForMs: 60_000 };
}

/** The same store, slower. */
function slowly(store: CheckpointStore, pauseMs: number): CheckpointStore {
  const save: CheckpointStore['save'] = (content) => sleep(pauseMs).then(() => store.save(content));
  const { place } = store;
  return { place, lock: () => store.lock(), list: () => store.list(), load: (id) => store.load(id), save };
}

/** What a run came to, or the library's own error; any other error is a fault of ours. */
async function orError<T>(run: () => Promise<T>): Promise<T | StreamTrainError> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof StreamTrainError) return error;
    throw error;
  }
}
