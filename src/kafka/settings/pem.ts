/** Gets a certificate or key that was given as PEM text or as the path of a PEM file. */

import { readFileSync } from 'node:fs';

import { messageOf } from '../../errors.ts';
import { KafkaSettingsError } from '../errors.ts';

/**
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
    throw new KafkaSettingsError([{ path, problem }], { cause: error });
  }
  if (!text.includes('-----BEGIN'))
    throw new KafkaSettingsError([{ path, problem: `${given} holds no PEM text` }]);
  return text;
}
