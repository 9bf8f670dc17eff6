/** A text that must not be seen in logs, notebooks or error messages. */

import { inspect } from 'node:util';

/**
 * Wraps a password or a private key. Printing, `String()`, JSON and `console.log` all show `***`;
 * only {@link Secret.reveal} gives the text.
 *
 * @example
 * ```ts
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
