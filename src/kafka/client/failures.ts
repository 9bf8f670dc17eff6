/** Turns what kafkajs and the sockets throw into this library's errors, so that each cause reads as itself. */

import { StreamTrainError, messageOf } from '../../errors.ts';
import {
  KafkaAuthenticationError,
  KafkaConnectionError,
  KafkaProtocolError,
  KafkaTlsError,
  UnreadableAnswerError,
} from '../errors.ts';
import type { TlsFailure } from '../errors.ts';
import type { KafkaSettings } from '../settings/settings.ts';

/** The fields that kafkajs' and Node's errors may carry. */
interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string | number;
  readonly type?: string;
  readonly retriable?: boolean;
  readonly broker?: string;
  readonly host?: string;
  readonly port?: number;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  readonly partitions?: readonly { readonly error?: unknown }[];
}

/** TLS error codes of Node and OpenSSL that say why; the rest is `handshake`. */
const TLS_REASONS: readonly (readonly [RegExp, TlsFailure, string])[] = [
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/,
    'expired-certificate',
    "the broker's certificate is not valid today; renew it",
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA/,
    'untrusted-certificate',
    "the broker's certificate is not signed by a trusted authority; give the right one as tls.ca",
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID/,
    'wrong-host-name',
    'the certificate names another host; dial that name or set tls.servername',
  ],
  [
    /ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE|ACCESS|UNSUPPORTED_CERT)|ALERT_.*CERT/,
    'client-certificate',
    'the broker asks for a client certificate it trusts; check tls.cert and tls.key',
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST|UNKNOWN_PROTOCOL/,
    'not-tls',
    'this port does not speak TLS; use tls: false or another port',
  ],
];

/** The error below wrappers like "number of retries exceeded". */
export function rootOf(error: unknown): unknown {
  let root = error;
  for (let depth = 0; depth < 5; depth++) {
    const { cause, name, errors, partitions } = root as Thrown;
    if (name === 'KafkaJSDeleteTopicRecordsError' && partitions?.[0]?.error !== undefined)
      root = partitions[0].error;
    else if (name === 'KafkaJSAggregateError' && errors !== undefined && errors.length > 0) root = errors[0];
    else if (name?.startsWith('KafkaJS') === true && cause instanceof Error) root = cause;
    else break;
  }
  return root;
}

/** Errors of kafkajs that are answers, too, and the names that Kafka has for them. */
const UNTYPED: ReadonlyMap<string, string> = new Map([
  ['KafkaJSServerDoesNotSupportApiKey', 'UNSUPPORTED_VERSION'],
  ['KafkaJSNotImplemented', 'UNSUPPORTED_VERSION'],
]);

/** Kafka's name of the error, when the broker answered with one: `TOPIC_ALREADY_EXISTS`. */
export function kafkaTypeOf(error: unknown): string | undefined {
  if (error instanceof KafkaProtocolError) return error.type;
  const { name = '', type = UNTYPED.get(name) } = rootOf(error) as Thrown;
  return name.startsWith('KafkaJS') ? type : undefined;
}

/** Whether a broker, or what else answers at its address, gave something that cannot be read. */
export function isUnreadable(error: unknown): boolean {
  const root = rootOf(error);
  return root instanceof RangeError || root instanceof SyntaxError;
}

/** Whether another broker may answer where one failed so: no answer of Kafka's, and nothing that is the same everywhere. */
export function mayAskAnother(error: unknown): boolean {
  if (kafkaTypeOf(error) !== undefined) return false;
  return error instanceof StreamTrainError ? error.canRetry : !isProgramFault(error);
}

/** Whether the socket, not the broker's answer, is what failed. The connection should be made again. */
export function isConnectionFailure(error: unknown): boolean {
  const { name, code } = rootOf(error) as Thrown;
  if (name === 'KafkaJSConnectionError' || name === 'KafkaJSConnectionClosedError') return true;
  if (error instanceof KafkaConnectionError) return true;
  if (name === 'KafkaJSRequestTimeoutError' || name === 'KafkaJSLockTimeout') return true;
  return typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_|ENOTFOUND)/.test(code);
}

/** Whether the same request may succeed a moment later. */
export function mayRetry(error: unknown): boolean {
  if (error instanceof StreamTrainError) return error.canRetry;
  if (isConnectionFailure(error)) return true;
  const root = rootOf(error) as Thrown;
  return root.name?.startsWith('KafkaJS') === true && root.type !== undefined && root.retriable === true;
}

/** Failures while connecting against which waiting does not help: TLS and authentication. `undefined` for the others. */
export function securityFailure(
  error: unknown,
  broker: string,
  settings: KafkaSettings,
): StreamTrainError | undefined {
  const root = rootOf(error) as Thrown;
  const code = `${root.code ?? ''} ${root.message ?? ''}`;
  const { sasl, tls } = settings;
  if (
    sasl !== undefined &&
    (root.name === 'KafkaJSSASLAuthenticationError' || /SASL/.test(root.type ?? ''))
  ) {
    const { mechanism, username } = sasl;
    return new KafkaAuthenticationError({
      broker,
      mechanism,
      username,
      problem: messageOf(root),
      cause: error,
    });
  }
  if (tls === undefined) return undefined;
  for (const [pattern, reason, problem] of TLS_REASONS) {
    if (pattern.test(code)) return new KafkaTlsError({ broker, reason, problem, cause: error });
  }
  if (/ERR_SSL|ERR_OSSL|ERR_TLS|EPROTO/.test(code)) {
    const problem = `${messageOf(root)}; check the port, and tls.ca, tls.cert and tls.key against the broker`;
    return new KafkaTlsError({ broker, reason: 'handshake', problem, cause: error });
  }
  return undefined;
}

/**
 * Whether neither a broker nor the network made it: a program's own fault (a TypeError, say), against which neither waiting
 * nor another broker helps.
 */
function isProgramFault(error: unknown): boolean {
  if (error instanceof StreamTrainError || isConnectionFailure(error)) return false;
  const root = rootOf(error);
  // Those of kafkajs have names, those of sockets codes; an answer that cannot be read is a RangeError or SyntaxError.
  const { name, code } = root as Thrown;
  if (root instanceof TypeError || root instanceof ReferenceError) return true;
  return !isUnreadable(error) && name?.startsWith('KafkaJS') !== true && typeof code !== 'string';
}

/** Any other failure in this library's words. Errors that are ours already, and faults of a program, pass as they are. */
export function translated(error: unknown, what: string, settings: KafkaSettings): Error {
  if (error instanceof StreamTrainError) return error;
  if (isProgramFault(error)) return error instanceof Error ? error : new Error(messageOf(error));
  const root = rootOf(error) as Thrown;
  const { retriable = false } = root;
  const type = kafkaTypeOf(error);
  if (type !== undefined)
    return new KafkaProtocolError({
      ...{ what, type, answer: messageOf(root), canRetry: retriable, cause: error },
    });
  if (isUnreadable(error)) return new UnreadableAnswerError({ what, problem: messageOf(root), cause: error });
  const { broker, host, port } = root;
  const address = broker ?? (host === undefined ? undefined : `${host}:${port}`);
  const brokers = address === undefined ? settings.brokers : [address];
  return new KafkaConnectionError({ brokers, problem: `${what}: ${messageOf(root)}`, cause: error });
}
