// Texts that programs of this project write, formatted as `npm run format` formats its files.
import fs from 'node:fs';
import { format } from 'oxfmt';

/**
 * @param {string} file its name; the ending says what kind of text it is
 * @param {string} text
 * @returns {Promise<string>} the text formatted
 * @throws Error what cannot be read as a text of this kind
 */
export async function formatted(file, text) {
  const config = fs.readFileSync(new URL('../.oxfmtrc.json', import.meta.url), 'utf8');
  const { $schema: _, ignorePatterns: __, ...options } = JSON.parse(config);
  const { code, errors } = await format(file, text, options);
  if (errors.length > 0)
    throw new Error(`${file} cannot be formatted: ${errors.map(({ message }) => message).join('; ')}`);
  return code;
}
