/** Azure Event Hubs' Kafka endpoint: its connection string, and what it asks of those that talk to it. */

import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { messageOf } from '../../errors.ts';
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { KafkaSettingsError } from '../errors.ts';
import type { KafkaOptions, SaslOptions } from './settings.ts';

/** Where {@link azureEventHubs} finds the connection string. A command line is no place for it: everybody sees that. */
export interface EventHubsOptions {
  /** The text, as the portal shows it under "Shared access policies". */
  connectionString?: string;
  /** A file that holds nothing else. */
  file?: string;
}

const optionNames: OptionNames<EventHubsOptions> = { connectionString: true, file: true };

/** The variables that are looked at where neither option is given. */
const TEXT = 'STREAMTRAIN_EVENTHUBS_CONNECTION_STRING';
const FILE = 'STREAMTRAIN_EVENTHUBS_CONNECTION_STRING_FILE';

/** The most that a request may carry; the service closes the connection at 1,046,528 bytes. */
const MAX_REQUEST_BYTES = 1_000_000;

/**
 * Azure Event Hubs' Kafka endpoint (Standard tier and above): TLS on port 9093, SASL PLAIN with the user name
 * `$ConnectionString` and the connection string as password. Topics are the event hubs of the namespace. Requests are
 * of at most 1,000,000 bytes: a row that alone is larger is `ST_KAFKA_RECORD_TOO_LARGE` before anything is sent, where the
 * service would close the connection without a word. Any compression but gzip is refused, as the service does. That it
 * closes connections which are idle for 240 s is nothing to do about: a new one is made.
 *
 * Without options the string is taken from `STREAMTRAIN_EVENTHUBS_CONNECTION_STRING`, else from the file that
 * `STREAMTRAIN_EVENTHUBS_CONNECTION_STRING_FILE` names. For the emulator (`UseDevelopmentEmulator=true`) it is port 9092
 * without TLS. What is printed of the result does not show the string.
 *
 * @throws {KafkaSettingsError} when there is no connection string, or the text is none (it is not shown)
 *
 * @example
 * ```ts
 * const azure = azureEventHubs({ file: 'connection-string.txt' });
 * await writeToKafka('cancer-train', items, { ...azure, compression: 'gzip' });
 * ```
 * Source: https://learn.microsoft.com/azure/event-hubs/apache-kafka-configurations
 */
export function azureEventHubs(
  options: EventHubsOptions = {},
  environment: NodeJS.ProcessEnv = process.env,
): KafkaOptions {
  refuseUnknownOptions('azureEventHubs', options, optionNames);
  const { text, from } = givenText(options, environment);
  const { host, isEmulator } = parseConnectionString(text, from);
  return {
    brokers: [`${host}:${isEmulator ? 9092 : 9093}`],
    tls: !isEmulator,
    sasl: hidden({ mechanism: 'PLAIN', username: '$ConnectionString', password: text }),
    connectTimeout: 15_000,
    requestTimeout: 60_000,
    // Idempotence is not on every tier.
    producer: {
      idempotent: false,
      maxInFlight: 1,
      maxRequestBytes: MAX_REQUEST_BYTES,
      acceptedCompressions: ['gzip'],
    },
  };
}

function givenText(
  { connectionString, file }: EventHubsOptions,
  environment: NodeJS.ProcessEnv,
): { text: string; from: string } {
  if (connectionString !== undefined && file !== undefined)
    throw wrong('file', 'is given beside connectionString; leave one of the two out');
  if (connectionString !== undefined) return { text: connectionString.trim(), from: 'connectionString' };
  if (file !== undefined) return { text: readText(file, 'file'), from: `file "${file}"` };
  const text = environment[TEXT]?.trim();
  if (text !== undefined && text !== '') return { text, from: TEXT };
  const named = environment[FILE];
  if (named !== undefined && named !== '') return { text: readText(named, FILE), from: `file "${named}"` };
  throw wrong('connectionString', `is missing; give it, or file, or set ${TEXT} or ${FILE}`);
}

function readText(file: string, from: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw wrong(from, `cannot be read (${messageOf(error)})`, error);
  }
}

const KNOWN = ['Endpoint', 'SharedAccessKeyName', 'SharedAccessKey', 'EntityPath', 'UseDevelopmentEmulator'];
const EXPECTED =
  'Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=...;SharedAccessKey=... (and ;EntityPath=... where it is for one event hub)';

/** What a connection string says about where to connect. Its parts are checked; none of their values is ever shown. */
function parseConnectionString(text: string, from: string): { host: string; isEmulator: boolean } {
  const parts = new Map<string, string>();
  for (const [index, part] of text.split(';').entries()) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    const name = KNOWN.find((known) => known.toLowerCase() === part.slice(0, at).trim().toLowerCase());
    if (/^\s*SharedAccessSignature\s*=/i.test(part))
      throw wrong(from, 'holds a SharedAccessSignature; the Kafka endpoint takes a key, SharedAccessKey');
    // The name is not shown: of a text that is cut in the wrong place it may be a part of the key.
    if (name === undefined)
      throw wrong(from, `must read ${EXPECTED}; part ${index + 1} is none of ${KNOWN.join(', ')}`);
    if (parts.has(name)) throw wrong(from, `names ${name} twice`);
    parts.set(name, part.slice(at + 1).trim());
  }
  const missing = ['Endpoint', 'SharedAccessKeyName', 'SharedAccessKey'].filter(
    (name) => (parts.get(name) ?? '') === '',
  );
  if (missing.length > 0) throw wrong(from, `must read ${EXPECTED}; it lacks ${missing.join(' and ')}`);
  const host = /^sb:\/\/([a-z\d](?:[a-z\d.-]*[a-z\d])?)\/?$/i.exec(parts.get('Endpoint') ?? '')?.[1];
  if (host === undefined) throw wrong(from, 'names an Endpoint that does not read sb://HOST/');
  const emulator = parts.get('UseDevelopmentEmulator')?.toLowerCase() ?? 'false';
  if (emulator !== 'true' && emulator !== 'false')
    throw wrong(from, 'says UseDevelopmentEmulator, which must be true or false');
  return { host, isEmulator: emulator === 'true' };
}

const wrong = (path: string, problem: string, cause?: unknown): KafkaSettingsError =>
  new KafkaSettingsError({ issues: [{ path, problem }], cause });

/** Shown in a notebook, these options must not show the key. */
function hidden(sasl: SaslOptions): SaslOptions {
  const shown = { ...sasl, password: '***' };
  return Object.defineProperty(sasl, inspect.custom, { value: () => shown, enumerable: false });
}
