/** Every way in which the embedded broker can fail, each saying what was tried, what answered and what to do. */
import { failure } from '../errors.ts';
import { trouble } from '../install/errors.ts';

/** No Java 17 or newer could be found or fetched. */
export class JavaMissingError extends failure({ code: 'ST_BROKER_JAVA_MISSING', ...trouble() }) {}

/** The jars of the Kafka server could not be found or fetched. */
export class KafkaJarsError extends failure({ code: 'ST_BROKER_KAFKA_JARS', ...trouble() }) {}

/** A port that was asked for by number belongs to another program. */
export class PortTakenError extends failure({
  code: 'ST_BROKER_PORT_TAKEN',
  ...trouble<{ readonly port: number }>(),
}) {}

/** A broker is already running on this data folder: its process, and its addresses (`host:port`) if it answers. */
export class BrokerRunningError extends failure({
  code: 'ST_BROKER_RUNNING',
  ...trouble<{ readonly pid: number; readonly brokers: readonly string[] }>(),
}) {}

/** The broker's process ended, or did not answer in time, while it was being started; with the last lines of its log. */
export class BrokerStartError extends failure({
  code: 'ST_BROKER_START',
  ...trouble<{ readonly logTail: string }>(),
}) {
  /** Whether it ended because another program had one of its ports. */
  get isPortTaken(): boolean {
    return /Address already in use/.test(this.logTail);
  }
}

/** A folder whose data was to be deleted was never used by the embedded Kafka. */
export class ForeignFolderError extends failure({ code: 'ST_BROKER_FOREIGN_FOLDER', ...trouble() }) {}

/** Brokers that were named do not answer. */
export class BrokersUnreachableError extends failure({
  code: 'ST_BROKER_UNREACHABLE',
  canRetry: true,
  ...trouble(),
}) {}

/** A node of a cluster cannot do what was asked of it as it is now: one that does not run cannot be suspended, say. */
export class ClusterNodeError extends failure({ code: 'ST_BROKER_NODE', ...trouble() }) {}

/** A cluster refused to move a leader, a replica or a quota, or did not do it in time. */
export class ClusterRequestError extends failure({ code: 'ST_BROKER_CLUSTER_REQUEST', ...trouble() }) {}
