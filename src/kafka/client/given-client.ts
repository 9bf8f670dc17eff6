/** What may be given as `client`: a client of this library's, or a `Kafka` of kafkajs, of which the connection is taken over. */
import { messageOf } from '../../errors.ts';
import { InvalidOptionError } from '../../options.ts';
import { KafkaJsVersionError, KafkaSettingsError } from '../errors.ts';
import { connectionOf } from '../protocol/kafkajs.ts';
import {
  KAFKAJS_VERSION,
  isKafkaJs,
  type KafkaJs,
  type KafkaJsConnection,
} from '../protocol/kafkajs-parts.ts';
import { kafkaSettings, refuseConnection } from '../settings/settings.ts';
import type { KafkaOptions, KafkaSettings, TlsOptions } from '../settings/settings.ts';

/**
 * Refuses what is neither a `Kafka` of kafkajs nor a client with the parts that are needed.
 *
 * @returns whether it is a `Kafka` of kafkajs
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function checkClient<Client extends object>(
  client: Client | KafkaJs,
  parts: readonly (keyof Client)[],
): client is KafkaJs {
  if (isKafkaJs(client)) return true;
  const given: Partial<Client> | null = client;
  if (typeof given === 'object' && given !== null && parts.every((part) => given[part] !== undefined))
    return false;
  throw notAClient(client, 'what openKafka() gives, or ');
}

function notAClient(client: unknown, orElse = ''): InvalidOptionError {
  return new InvalidOptionError({
    option: 'client',
    found: client === null ? 'null' : `a value of type ${typeof client} that is none`,
    expected: `${orElse}new Kafka({ brokers }) of kafkajs ${KAFKAJS_VERSION}`,
  });
}

/**
 * The settings of a `Kafka` of kafkajs: brokers, TLS, login, client id and times are its own, how to read and to write is in
 * `options`. A function of brokers is called now. Of the environment only the prefix of names counts, which is no part of the
 * connection: see {@link prefixBeside}. Its retries and its log stay its own.
 *
 * @throws InvalidOptionError when it is no `Kafka`; KafkaSettingsError (`ST_KAFKA_SETTINGS`) for what this library cannot
 *   take over, for brokers that are not known, and for options that make another connection
 */
export async function settingsOfKafkaJs(kafka: KafkaJs, options: KafkaOptions = {}): Promise<KafkaSettings> {
  if (!isKafkaJs(kafka)) throw notAClient(kafka);
  refuseConnection(options, ['consumer', 'producer', 'prefix']);
  const { brokers, clientId, connectionTimeout, requestTimeout, ...secured } = await connection(kafka);
  if (secured.hasOwnSockets)
    throw refused('socketFactory', 'sockets are made by this library; leave it out, or use openKafka()');
  const { ssl, sasl } = secured;
  // Here the limit is one for whole answers, too: kafkajs' 1 s for a connection alone would be too short for those.
  const connectTimeout = Math.max(connectionTimeout, LEAST_CONNECT_TIMEOUT);
  const connected = { brokers, clientId, connectTimeout, requestTimeout };
  const login = sasl === undefined || sasl === null ? {} : { sasl: loginOf(sasl) };
  const prefix = prefixBeside(options);
  return kafkaSettings({ ...options, ...connected, ...login, prefix, tls: tlsOf(ssl) }, {});
}

/**
 * The prefix of the names of topics and groups beside a `Kafka` of kafkajs, which has none itself: the option, else the
 * environment's.
 *
 * @throws KafkaSettingsError (`ST_KAFKA_SETTINGS`) for one that cannot be
 */
export function prefixBeside({ prefix }: KafkaOptions): string {
  const { STREAMTRAIN_PREFIX } = process.env;
  return kafkaSettings({ prefix }, { STREAMTRAIN_PREFIX }).prefix;
}

async function connection(kafka: KafkaJs): Promise<KafkaJsConnection> {
  try {
    return await connectionOf(kafka);
  } catch (error) {
    if (error instanceof KafkaJsVersionError) throw error;
    throw refused('brokers', messageOf(error), error);
  }
}

/** kafkajs takes the mechanism in small letters, too, and notes its authenticator in the object. */
function loginOf(sasl: object): NonNullable<KafkaOptions['sasl']> {
  const { mechanism, authenticationProvider, ...login } = sasl as Record<string, unknown>;
  void authenticationProvider;
  return { mechanism: String(mechanism).toUpperCase(), ...login } as NonNullable<KafkaOptions['sasl']>;
}

/** The default of `connectTimeout`, ms. */
const LEAST_CONNECT_TIMEOUT = 5_000;

const TLS_NAMES = ['ca', 'cert', 'key', 'passphrase', 'servername', 'rejectUnauthorized'];

/** Certificates and keys of Node's TLS are texts, buffers or lists of them. */
function tlsOf(ssl: object | boolean | null | undefined): boolean | TlsOptions {
  if (typeof ssl !== 'object' || ssl === null) return ssl === true;
  const given = Object.entries(ssl).filter(([, value]) => value !== undefined && value !== null);
  const foreign = given.find(([name]) => !TLS_NAMES.includes(name));
  if (foreign !== undefined)
    throw refused(`ssl.${foreign[0]}`, `is not taken over; those that are: ${TLS_NAMES.join(', ')}`);
  const isPem = (name: string): boolean => ['ca', 'cert', 'key'].includes(name);
  return Object.fromEntries(
    given.map(([name, value]) => [name, isPem(name) ? [value].flat().map(String).join('\n') : value]),
  );
}

function refused(part: string, problem: string, cause?: unknown): KafkaSettingsError {
  return new KafkaSettingsError({ issues: [{ path: `client: ${part}`, problem }], cause });
}
