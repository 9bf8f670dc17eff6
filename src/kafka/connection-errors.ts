/** The ways in which brokers cannot be reached, or do not let a program in. */

import { StreamTrainError } from '../errors.ts';
import type { StreamTrainErrorOptions } from '../errors.ts';

/** No broker of the list answered in time. */
export class KafkaConnectionError extends StreamTrainError {
  readonly code = 'ST_KAFKA_CONNECTION';
  override readonly canRetry = true;
  /** The addresses that were tried. */
  readonly brokers: readonly string[];

  constructor(brokers: readonly string[], problem: string, options: StreamTrainErrorOptions = {}) {
    super(`No Kafka broker at ${brokers.join(', ')}: ${problem}`, options);
    this.brokers = brokers;
  }
}

/**
 * The cluster was found, but the address it gives for one of its brokers (`advertised.listeners`) cannot be reached from
 * here, as when Kafka runs in a container and names itself as it is known in there.
 */
export class AdvertisedAddressError extends StreamTrainError {
  readonly code = 'ST_KAFKA_ADVERTISED_ADDRESS';
  override readonly canRetry = true;
  /** The broker's number. */
  readonly node: number;
  /** The address it advertises. */
  readonly address: string;
  /** The addresses of the settings, where the cluster was found. */
  readonly brokers: readonly string[];

  constructor(
    facts: { node: number; address: string; brokers: readonly string[] },
    problem: string,
    options: StreamTrainErrorOptions = {},
  ) {
    const { node, address, brokers } = facts;
    super(
      `Kafka at ${brokers.join(', ')} advertises ${address} for its broker ${node}, and that cannot be reached from here: ` +
        `${problem}. Set the broker's advertised.listeners to an address that this machine can reach, or make ${address} ` +
        'reachable (host name, port mapping, tunnel); if the broker is down, start it.',
      options,
    );
    this.node = node;
    this.address = address;
    this.brokers = brokers;
  }
}

/** The two sides could not agree on an encrypted connection: wrong authority, expired certificate, wrong port. */
export class KafkaTlsError extends StreamTrainError {
  readonly code = 'ST_KAFKA_TLS';
  readonly broker: string;
  /** What failed, for branching. */
  readonly reason: TlsFailure;

  constructor(broker: string, reason: TlsFailure, problem: string, options: StreamTrainErrorOptions = {}) {
    super(`TLS to Kafka at ${broker} failed (${reason}): ${problem}`, options);
    this.broker = broker;
    this.reason = reason;
  }
}

/** Kinds of TLS failure told apart by {@link KafkaTlsError}. */
export type TlsFailure =
  | 'untrusted-certificate'
  | 'expired-certificate'
  | 'wrong-host-name'
  | 'client-certificate'
  | 'not-tls'
  | 'tls-required'
  | 'handshake';

/** The broker refused the user name, the password or the mechanism, or wants a login and was given none. */
export class KafkaAuthenticationError extends StreamTrainError {
  readonly code = 'ST_KAFKA_AUTHENTICATION';
  readonly broker: string;
  /** `undefined` when no login was given. */
  readonly mechanism: string | undefined;
  readonly username: string | undefined;

  constructor(
    facts: { broker: string; mechanism?: string; username?: string },
    problem: string,
    options: StreamTrainErrorOptions = {},
  ) {
    const { broker, mechanism, username } = facts;
    super(
      username === undefined
        ? `Kafka at ${broker} wants a login: ${problem}. Give sasl.mechanism, sasl.username and sasl.password.`
        : `Kafka at ${broker} refused user "${username}" with ${mechanism}: ${problem}. ` +
            'Check sasl.username, sasl.password and sasl.mechanism against the broker.',
      options,
    );
    this.broker = broker;
    this.mechanism = mechanism;
    this.username = username;
  }
}
