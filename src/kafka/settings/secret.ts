/** Texts that must not be seen in logs, notebooks or error messages, and the PEM files that hold such texts. */

import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { messageOf } from '../../errors.ts';
import { KafkaSettingsError } from '../errors.ts';

/**
 * Wraps a password or a private key. Printing, `String()`, JSON and `console.log` all show `***`;
 * only {@link Secret.reveal} gives the text.
 *
 * @example
 * ```ts run
 * const password = new Secret('hunter2');
 * console.log(`${password}`); // ***
 * ```
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself; call it only where it is handed to the network. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

/**
 * A certificate or key that was given as PEM text or as the path of a PEM file.
 *
 * @param path the option's name, for the error.
 * @throws {KafkaSettingsError} if it is neither PEM text nor a readable file that holds some.
 */
export function readPem(path: string, given: string | undefined): string | undefined {
  if (given === undefined || given.includes('-----BEGIN')) return given;
  let text: string;
  try {
    text = readFileSync(given, 'utf8');
  } catch (error) {
    const problem = `neither PEM text nor a file that can be read (${messageOf(error)})`;
    throw new KafkaSettingsError({ issues: [{ path, problem }], cause: error });
  }
  if (!text.includes('-----BEGIN'))
    throw new KafkaSettingsError({ issues: [{ path, problem: `${given} holds no PEM text` }] });
  return text;
}
