/** Every way in which the embedded broker can fail, each saying what was tried, what answered and what to do. */
import { InstallError } from '../install/errors.ts';
import type { Trouble } from '../install/errors.ts';
import type { StreamTrainErrorOptions } from '../errors.ts';

/** No Java 17 or newer could be found or fetched. */
export class JavaMissingError extends InstallError {
  readonly code = 'ST_BROKER_JAVA_MISSING';
}

/** The jars of the Kafka server could not be found or fetched. */
export class KafkaJarsError extends InstallError {
  readonly code = 'ST_BROKER_KAFKA_JARS';
}

/** An option of {@link startBroker} or of `npm run kafka` makes no sense. */
export class BrokerOptionsError extends InstallError {
  readonly code = 'ST_BROKER_OPTIONS';
}

/** A port that was asked for by number belongs to another program. */
export class PortTakenError extends InstallError {
  readonly code = 'ST_BROKER_PORT_TAKEN';
  /** The port. */
  readonly port: number;

  constructor(port: number, trouble: Trouble, options?: StreamTrainErrorOptions) {
    super(trouble, options);
    this.port = port;
  }
}

/** A broker is already running on this data folder. */
export class BrokerRunningError extends InstallError {
  readonly code = 'ST_BROKER_RUNNING';
  /** Its process. */
  readonly pid: number;
  /** Its addresses, `host:port`. */
  readonly brokers: readonly string[];

  constructor(pid: number, brokers: readonly string[], trouble: Trouble) {
    super(trouble);
    this.pid = pid;
    this.brokers = brokers;
  }
}

/** The broker's process ended, or did not answer in time, while it was being started. */
export class BrokerStartError extends InstallError {
  readonly code = 'ST_BROKER_START';
  /** The last lines of its log. */
  readonly logTail: string;

  constructor(logTail: string, trouble: Trouble, options?: StreamTrainErrorOptions) {
    super(trouble, options);
    this.logTail = logTail;
  }

  /** Whether it ended because another program had one of its ports. */
  get isPortTaken(): boolean {
    return /Address already in use/.test(this.logTail);
  }
}

/** The broker did not go away in time. */
export class BrokerStopError extends InstallError {
  readonly code = 'ST_BROKER_STOP';
}

/** Brokers that were named do not answer. */
export class BrokersUnreachableError extends InstallError {
  readonly code = 'ST_BROKER_UNREACHABLE';
  override readonly canRetry = true;
}

/** A node of a cluster cannot do what was asked of it as it is now: one that does not run cannot be suspended, say. */
export class ClusterNodeError extends InstallError {
  readonly code = 'ST_BROKER_NODE';
}

/** A cluster refused to move a leader, a replica or a quota, or did not do it in time. */
export class ClusterRequestError extends InstallError {
  readonly code = 'ST_BROKER_CLUSTER_REQUEST';
}
