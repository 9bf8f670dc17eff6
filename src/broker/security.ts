/** Settings of the broker's extra listener with TLS, SASL or both. */
import { createPrivateKey, pbkdf2Sync, randomBytes } from 'node:crypto';
import { BrokerOptionsError } from './errors.ts';

/** A SASL mechanism that the embedded broker offers. */
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** What the extra listener demands of its clients. */
export interface BrokerSecurity {
  /** Encrypt; without it the listener is plain (SASL over plain TCP). */
  tls?: {
    /** The broker's certificate, PEM, followed by those that signed it, if any. Should name 127.0.0.1. */
    cert: string;
    /** Its private key, PEM, not encrypted. */
    key: string;
    /** The authority that client certificates must be signed by, PEM; given, a client certificate is demanded. */
    clientCa?: string;
  };
  /** Demand a user name and a password. */
  sasl?: SaslMechanism;
  /** User names and passwords; SCRAM users are created when the data folder is formatted and stay. */
  users?: Record<string, string>;
}

/** The listener's name in Kafka's settings. */
export const SECURE_LISTENER = 'SECURE';

/**
 * Kafka's settings for the extra listener.
 *
 * @throws {@link BrokerOptionsError} (`ST_BROKER_OPTIONS`) when neither TLS nor SASL is asked for, SASL has no users, or
 *   the private key cannot be read
 */
export function secureListenerProperties({ tls, sasl, users = {} }: BrokerSecurity): Record<string, string> {
  if (!tls && !sasl) throw wrong('neither tls nor sasl is given', 'Give one of them, or leave security out.');
  if (sasl && Object.keys(users).length === 0)
    throw wrong(`sasl is ${sasl}, but there are no users`, 'Give users.');
  const prefix = `listener.name.${SECURE_LISTENER.toLowerCase()}`;
  const properties: Record<string, string> = {};
  if (tls) {
    properties[`${prefix}.ssl.keystore.type`] = 'PEM';
    properties[`${prefix}.ssl.keystore.certificate.chain`] = tls.cert;
    properties[`${prefix}.ssl.keystore.key`] = toPkcs8(tls.key);
    if (tls.clientCa !== undefined) {
      properties[`${prefix}.ssl.truststore.type`] = 'PEM';
      properties[`${prefix}.ssl.truststore.certificates`] = tls.clientCa;
      properties[`${prefix}.ssl.client.auth`] = 'required';
    }
  }
  if (sasl) {
    properties[`${prefix}.sasl.enabled.mechanisms`] = sasl;
    properties[`${prefix}.${sasl.toLowerCase()}.sasl.jaas.config`] =
      sasl === 'PLAIN'
        ? `org.apache.kafka.common.security.plain.PlainLoginModule required ${Object.entries(users)
            .map(([name, password]) => `user_${name}=${quoted(password)}`)
            .join(' ')};`
        : 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  }
  return properties;
}

/** Kafka's name for the listener's protocol. */
export function secureListenerProtocol({ tls, sasl }: BrokerSecurity): string {
  return sasl ? (tls ? 'SASL_SSL' : 'SASL_PLAINTEXT') : 'SSL';
}

/** RFC 7677 asks for at least this many. */
const SCRAM_ITERATIONS = 4096;

/**
 * What the formatting tool needs to create the SCRAM users. Passwords are given salted (base64), so that no process list
 * shows one and any character may be in it.
 *
 * @throws {@link BrokerOptionsError} (`ST_BROKER_OPTIONS`) when a user's name holds what the tool's own syntax is made of
 */
export function scramArguments({ sasl, users = {} }: BrokerSecurity): string[] {
  if (sasl === undefined || sasl === 'PLAIN') return [];
  const [hash, length] = sasl === 'SCRAM-SHA-256' ? (['sha256', 32] as const) : (['sha512', 64] as const);
  return Object.entries(users).flatMap(([name, password]) => {
    if (!/^[^\s,=[\]"]+$/.test(name))
      throw wrong(`the user name ${JSON.stringify(name)}`, 'Use letters and digits.');
    const salt = randomBytes(16);
    const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, length, hash).toString('base64');
    const entry = `name=${name},salt=${salt.toString('base64')},iterations=${SCRAM_ITERATIONS},saltedpassword=${salted}`;
    return ['--add-scram', `${sasl}=[${entry}]`];
  });
}

/** Kafka reads PKCS#8 only. */
function toPkcs8(key: string): string {
  try {
    return createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (error) {
    throw wrong('tls.key is not an unencrypted private key in PEM form', "Give the key file's text.", error);
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function wrong(answered: string, toDo: string, cause?: unknown): BrokerOptionsError {
  return new BrokerOptionsError(
    { what: "set up the broker's secure listener", tried: 'startBroker({ security })', answered, toDo },
    { cause },
  );
}
