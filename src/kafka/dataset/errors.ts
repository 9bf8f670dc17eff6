/** What can go wrong while reading a data set, one class and one code for each. */
import { StreamTrainError, messageOf } from '../../errors.ts';

/** The items of one mini-batch do not have the same shape, so they cannot become one tensor. */
export class BatchShapeError extends StreamTrainError {
  readonly code = 'ST_KAFKA_BATCH_SHAPE';

  /** Where in the item, e.g. `xs` or `[1].pixels`; empty for the item itself. */
  readonly path: string;
  /** Which item of the mini-batch, from 0. */
  readonly item: number;

  constructor(path: string, item: number, expected: string, found: string) {
    super(
      `Items of one mini-batch differ in shape: item ${item} has ${found} at ${path === '' ? 'its top' : `"${path}"`}, ` +
        `but the first item has ${expected}. Make every item alike in map() or drop the odd ones in filter() ` +
        `before batch().`,
    );
    this.path = path;
    this.item = item;
  }
}

/** An option of a data set that cannot be. */
export class DatasetOptionError extends StreamTrainError {
  readonly code = 'ST_KAFKA_DATASET_OPTION';

  readonly option: string;

  constructor(option: string, value: unknown, expected: string) {
    super(`Option "${option}" of a data set is ${shown(value)}; expected ${expected}.`);
    this.option = option;
  }
}

/** Kafka could not be reached, or kept failing, for longer than the data set is willing to retry. */
export class ReadFailedError extends StreamTrainError {
  readonly code = 'ST_KAFKA_READ_FAILED';
  override readonly canRetry = true;

  /** Records that were known to be there and had not been handed over; `NaN` when that is not known. */
  readonly lag: number;
  readonly #what: string;
  readonly #failedForMs: number;

  constructor(what: string, failedForMs: number, cause: unknown, lag = NaN) {
    const left = lag > 0 ? ` At least ${lag} records were left unread.` : '';
    super(
      `${what} failed for ${Math.round(failedForMs / 1000)} s: ${messageOf(cause)}.${left} ` +
        `Check that the brokers run and are reachable, or raise "retryForMs".`,
      { cause },
    );
    this.lag = lag;
    this.#what = what;
    this.#failedForMs = failedForMs;
  }

  /** The same, told by somebody who knows what was left unread. */
  withLag(lag: number): ReadFailedError {
    return Number.isNaN(this.lag)
      ? new ReadFailedError(this.#what, this.#failedForMs, this.cause, lag)
      : this;
  }
}

/** The broker refused a request in a way that trying again does not cure (no authorization, say). */
export class ReadRefusedError extends StreamTrainError {
  readonly code = 'ST_KAFKA_READ_REFUSED';

  /** Kafka's error code number. */
  readonly kafkaCode: number | undefined;

  constructor(what: string, reason: string, kafkaCode: number | undefined, cause?: unknown) {
    super(
      `Kafka refused ${what}: ${reason}${kafkaCode === undefined ? '' : ` (Kafka error ${kafkaCode})`}.`,
      { cause },
    );
    this.kafkaCode = kafkaCode;
  }
}

/** A topic was deleted and created again under the same name: what was read or saved of it was another topic's. */
export class TopicRecreatedError extends StreamTrainError {
  readonly code = 'ST_KAFKA_TOPIC_RECREATED';

  readonly topic: string;
  /** The id of the topic that was read, or of which the position was saved. */
  readonly idBefore: string;
  /** The id of the topic that has the name now. */
  readonly idNow: string;

  constructor(topic: string, idBefore: string, idNow: string) {
    super(
      `Topic "${topic}" was deleted and created again: its id was ${idBefore} and is ${idNow} now, so offsets of the ` +
        `old topic say nothing about the new one. To read the new topic from its beginning set onTopicRecreated: ` +
        `'restart', or start without the saved position or checkpoint.`,
    );
    this.topic = topic;
    this.idBefore = idBefore;
    this.idNow = idNow;
  }
}

/** The log was cut back behind what was read: a leader was elected that did not have it (KIP-320). */
export class LogTruncatedError extends StreamTrainError {
  readonly code = 'ST_KAFKA_LOG_TRUNCATED';

  readonly topic: string;
  readonly partition: number;
  /** The next offset that would have been read. */
  readonly offset: number;
  /** Records before this offset are still as they were read. */
  readonly agreesUpTo: number;

  constructor(topic: string, partition: number, offset: number, agreesUpTo: number) {
    super(
      `The log of ${topic}[${partition}] was cut back: it was read up to offset ${offset}, but only what lies before ` +
        `${agreesUpTo} is still in it; the ${offset - agreesUpTo} offsets behind that were lost by the cluster (an ` +
        `election of a leader that did not have them) and may hold other records now. Go on from a checkpoint or ` +
        `position at or before ${agreesUpTo}.`,
    );
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.agreesUpTo = agreesUpTo;
  }
}

/** A batch of records takes more memory, once its compression is undone, than the reader allows. */
export class RecordsTooLargeError extends StreamTrainError {
  readonly code = 'ST_KAFKA_RECORDS_TOO_LARGE';

  readonly topic: string;
  readonly partition: number;
  /** The first offset of the batch. */
  readonly offset: number;
  /** What is allowed, in bytes. */
  readonly maxRecordBytes: number;

  constructor(
    place: { topic: string; partition: number; offset: number },
    maxRecordBytes: number,
    cause: unknown,
  ) {
    const { topic, partition, offset } = place;
    super(
      `The compressed record batch at offset ${offset} of ${topic}[${partition}] unpacks to more than ` +
        `${maxRecordBytes} bytes. If its records are what they should be, raise "maxRecordBytes".`,
      { cause },
    );
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.maxRecordBytes = maxRecordBytes;
  }
}

/** A record batch is not as its producer sent it: changed on a disk or on the way. None of its records is handed on. */
export class DamagedBatchError extends StreamTrainError {
  readonly code = 'ST_KAFKA_DAMAGED_BATCH';

  readonly topic: string;
  readonly partition: number;
  /** The first offset of the batch. */
  readonly offset: number;

  constructor(topic: string, partition: number, offset: number, problem: string) {
    super(
      `The record batch at offset ${offset} of ${topic}[${partition}] is damaged: ${problem}. Read again: damage on ` +
        `the way does not come twice. Damage that stays is on the broker's disk; read on behind the batch ` +
        `with "start", or take its records as they are with "check.crcs=false".`,
    );
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
  }
}

/** A record batch came in a form that cannot be read: too old, damaged, or compressed in an unknown way. */
export class RecordFormatError extends StreamTrainError {
  readonly code = 'ST_KAFKA_RECORD_FORMAT';

  readonly topic: string;
  readonly partition: number;
  readonly offset: number;

  constructor(topic: string, partition: number, offset: number, problem: string, cause?: unknown) {
    super(`The record batch at offset ${offset} of ${topic}[${partition}] cannot be read: ${problem}.`, {
      cause,
    });
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
  }
}

/** A stream of records was iterated a second time; only data sets by partition can be read again. */
export class StreamTakenError extends StreamTrainError {
  readonly code = 'ST_KAFKA_STREAM_TAKEN';

  constructor(what: string) {
    super(
      `${what} can be iterated once only, because its position moves with the group. Make a new one, or read the ` +
        `topic's partitions with fromKafka() for several epochs.`,
    );
  }
}

function shown(value: unknown): string {
  return typeof value === 'number' ? `${value}` : (JSON.stringify(value) ?? 'undefined');
}
