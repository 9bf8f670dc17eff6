/** Where Kafka is and how to talk to it: options over environment over defaults, checked once. */

import { inspect } from 'node:util';

import type { z } from 'zod';

import type { OptionNames } from '../../options.ts';
import { mapConfiguration } from './configuration.ts';
import type { Configuration } from './configuration.ts';
import { KafkaSettingsError } from '../errors.ts';
import { cleartextFault } from './cleartext.ts';
import { consumerSchema, producerSchema, settingsSchema } from './schema.ts';
import { saslOf, tlsOf, type SaslSettings, type TlsSettings } from './security.ts';
import { fromEnvironment, layered, pathOf } from './sources.ts';
import type { ParsedSettings } from './schema.ts';

/** TLS: each certificate or key as PEM text, or as the path of a PEM file. */
export interface TlsOptions {
  /** The authority (or authorities) to trust instead of the system's. */
  ca?: string;
  /** The client's own certificate, where the broker asks for one; needs `key`. */
  cert?: string;
  key?: string;
  /** Opens an encrypted `key`. */
  passphrase?: string;
  /** The name the broker's certificate must carry, when it is not the host that is dialled. */
  servername?: string;
  /** `false` accepts any certificate; for experiments only. */
  rejectUnauthorized?: boolean;
}

/** User name and password. */
export interface SaslOptions {
  mechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  username: string;
  password: string;
  /** Lets PLAIN send the password readable, without TLS, to another machine. Default false: it is refused. */
  allowCleartext?: boolean;
}

/** How records are read. Times in ms, sizes in bytes; every field has a default. */
export type ConsumerOptions = Partial<ConsumerSettings>;

/**
 * How records are written. Times in ms, sizes in bytes; every field has a default. `maxRequestBytes` (default 1,048,576)
 * is the most a request carries: what waits is merged up to it, and a row that alone is larger is refused at once.
 * `acceptedCompressions` names the compressions a service takes, where it does not take all.
 */
export type ProducerOptions = Partial<Omit<ProducerSettings, 'acks'>> & { acks?: 'all' | -1 | 0 | 1 };

/** Everything a user may say about the connection; all of it is optional. */
export interface KafkaOptions {
  /** `host:port`, several separated by commas or as a list. Default: `STREAMTRAIN_BROKERS`, else 127.0.0.1:9092. */
  brokers?: string | readonly string[];
  /** How this program is called in the broker's logs and quotas. */
  clientId?: string;
  /**
   * Put in front of every topic, group and transactional id on the cluster, with a dot between: two programs with
   * different prefixes never meet. Lists show the program's own names only, without it. 1 to 64 letters, digits and
   * hyphens; `''` for none, whatever the environment says. Default: `STREAMTRAIN_PREFIX`, else none. See `clusterName`.
   */
  prefix?: string;
  /** `true`: TLS with the system's authorities. */
  tls?: boolean | TlsOptions;
  sasl?: SaslOptions;
  /** ms to wait for the first answer of any broker. Default 5,000. */
  connectTimeout?: number;
  /** ms to wait for the answer to one request. Default 30,000. */
  requestTimeout?: number;
  consumer?: ConsumerOptions;
  producer?: ProducerOptions;
  /** The same in librdkafka's names; the options above win over it. */
  configuration?: Configuration;
}

/** Reading, with defaults filled in. */
export type ConsumerSettings = Readonly<ParsedSettings['consumer']>;

/** Writing, with defaults filled in. `acks` -1 waits for all in-sync replicas. */
export type ProducerSettings = Readonly<ParsedSettings['producer']>;

/**
 * Checked settings. Printing one never shows a password or a private key.
 * Made by {@link kafkaSettings}.
 */
export class KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Of topics, groups and transactional ids on the cluster, without the dot behind it; empty for none. */
  readonly prefix: string;
  readonly connectTimeout: number;
  readonly requestTimeout: number;
  readonly tls: TlsSettings | undefined;
  readonly sasl: SaslSettings | undefined;
  readonly consumer: ConsumerSettings;
  readonly producer: ProducerSettings;

  /** Takes what the schema gave; use {@link kafkaSettings} instead. */
  constructor(parsed: ParsedSettings) {
    this.brokers = parsed.brokers;
    this.clientId = parsed.clientId;
    this.prefix = parsed.prefix;
    this.connectTimeout = parsed.connectTimeout;
    this.requestTimeout = parsed.requestTimeout;
    this.tls = tlsOf(parsed);
    this.sasl = saslOf(parsed);
    const fault = cleartextFault(this, this.brokers);
    if (fault !== undefined) throw new KafkaSettingsError({ issues: [{ path: 'sasl', problem: fault }] });
    this.consumer = parsed.consumer;
    this.producer = parsed.producer;
  }

  /** One line for a log: `127.0.0.1:9093 (TLS, SCRAM-SHA-256 as ada)`. */
  toString(): string {
    const how = [
      this.tls && 'TLS',
      this.sasl && `${this.sasl.mechanism} as ${this.sasl.username}`,
      this.prefix !== '' && `names under "${this.prefix}."`,
    ].filter(Boolean);
    return this.brokers.join(',') + (how.length > 0 ? ` (${how.join(', ')})` : '');
  }

  [inspect.custom](): string {
    return `KafkaSettings(${this.toString()})`;
  }
}

/**
 * Settings from options, `configuration`, environment and defaults, in this order of weight. The environment's names:
 * `STREAMTRAIN_BROKERS`, `STREAMTRAIN_CLIENT_ID`, `STREAMTRAIN_PREFIX`, `STREAMTRAIN_TLS` (`true`), `STREAMTRAIN_TLS_CA`, `_CERT`, `_KEY`,
 * `_PASSPHRASE`, `_SERVERNAME`, `STREAMTRAIN_SASL_MECHANISM`, `_USERNAME`, `_PASSWORD`,
 * `_ALLOW_CLEARTEXT` (`true`).
 * Settings that were checked already are given back as they are.
 *
 * @throws {KafkaSettingsError} naming each option or variable that is wrong; never its value.
 * @throws {KafkaConfigurationError} for an unknown name in `configuration`.
 *
 * @example
 * ```ts run
 * const settings = kafkaSettings({ brokers: 'kafka-1:9093,kafka-2:9093', tls: true });
 * console.log(`${settings}`); // kafka-1:9093,kafka-2:9093 (TLS)
 * ```
 */
export function kafkaSettings(
  options: KafkaOptions | KafkaSettings = {},
  environment: NodeJS.ProcessEnv = process.env,
): KafkaSettings {
  if (options instanceof KafkaSettings) return options;
  const { configuration, ...plain } = options;
  const { values, sources } = fromEnvironment(environment);
  const named = configuration === undefined ? {} : mapConfiguration(configuration);
  const merged = layered(values, named, plain);
  const parsed = settingsSchema.safeParse(merged);
  if (!parsed.success) {
    const givenAs = (path: string): string => givenBy(path, { ...plain }, named) ?? sources.get(path) ?? path;
    throw refused(parsed.error, givenAs);
  }
  return new KafkaSettings(parsed.data);
}

/**
 * Settings for one producer: those of the connection with some of them changed.
 *
 * @throws {KafkaSettingsError} when the result does not fit together.
 */
export function producerSettings(base: ProducerSettings, options: ProducerOptions): ProducerSettings {
  const { idempotent, ...rest } = base;
  // Fewer acknowledgements are asked for: then idempotence is off unless it is asked for as well.
  const kept = options.acks === undefined ? { ...rest, idempotent } : rest;
  const parsed = producerSchema.safeParse(layered(kept, options));
  if (parsed.success) return parsed.data;
  throw refused(parsed.error, (path) => `producer.${path}`);
}

/**
 * What a client was opened with, its `consumer` part changed by `consumer` and `configuration`. The connection itself is
 * the client's: an option that would change it (brokers, TLS, a user, ...) is refused instead of being passed over.
 *
 * @throws KafkaSettingsError (`ST_KAFKA_SETTINGS`) for an option of the connection or one that cannot be;
 *   KafkaConfigurationError for an unknown name
 * @example
 * ```ts
 * const settings = readerSettings(client.settings, { configuration: ['auto.offset.reset=earliest'] });
 * ```
 */
export function readerSettings(base: KafkaSettings, options: KafkaOptions): KafkaSettings {
  const { consumer, configuration } = options;
  const named = refuseConnection(options, ['consumer']);
  if (consumer === undefined && configuration === undefined) return base;
  const merged = layered(base.consumer, named['consumer'] ?? {}, consumer ?? {});
  const parsed = consumerSchema.safeParse(merged);
  if (!parsed.success) throw refused(parsed.error, (path) => `consumer.${path}`);
  return Object.assign(Object.create(KafkaSettings.prototype) as KafkaSettings, base, {
    consumer: parsed.data,
  });
}

/**
 * Refuses options that would make another connection than that of the client given beside them.
 *
 * @param others the options that may be given
 * @returns what `configuration` says, in the options' names
 * @throws KafkaSettingsError (`ST_KAFKA_SETTINGS`) naming each; KafkaConfigurationError for an unknown name
 */
export function refuseConnection(
  { configuration = [] as Configuration, ...options }: KafkaOptions,
  others: readonly (keyof KafkaOptions)[],
): Readonly<Record<string, unknown>> {
  const named: Readonly<Record<string, unknown>> = mapConfiguration(configuration);
  const given = Object.entries({ ...named, ...options }).filter(([, value]) => value !== undefined);
  const foreign = given.map(([name]) => name).filter((name) => !(others as readonly string[]).includes(name));
  if (foreign.length === 0) return named;
  const problem = 'belongs to the connection, which is that of the client given; leave one of the two out';
  throw new KafkaSettingsError({ issues: foreign.map((path) => ({ path, problem })) });
}

/** Every option of {@link KafkaOptions}. */
export const connectionNames: OptionNames<KafkaOptions> = {
  brokers: true,
  clientId: true,
  prefix: true,
  tls: true,
  sasl: true,
  connectTimeout: true,
  requestTimeout: true,
  consumer: true,
  producer: true,
  configuration: true,
};
const NAMES = Object.keys(connectionNames) as (keyof KafkaOptions)[];

/** Only what {@link KafkaOptions} names, of an object that may hold a function's own options too. */
export function connectionOptions(options: KafkaOptions): KafkaOptions {
  return Object.fromEntries(
    NAMES.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}

/** The error for what a schema does not take; `placeOf` names the place of an option's path. */
function refused({ issues }: z.ZodError, placeOf: (path: string) => string): KafkaSettingsError {
  return new KafkaSettingsError({
    issues: issues.map(({ path, message }) => ({ path: placeOf(pathOf(path)), problem: message })),
  });
}

/** The path, if the options or the configuration (and so not the environment) gave the value there. */
function givenBy(path: string, ...layers: readonly object[]): string | undefined {
  const top = path.split('.')[0] ?? path;
  return layers.some((layer) =>
    Object.entries(layer).some(([key, value]) => key === top && value !== undefined),
  )
    ? path
    : undefined;
}
