/** Reads the values of options; a wrong one is a usage error that says what would be right. */
import { InvalidArgumentError } from 'commander';

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}

const decimal = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number above zero, fractions allowed. */
export function positiveNumber(text: string): number {
  const value = decimal.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** `name=value`, gathered into an object over several uses. */
export function nameValue(text: string, gathered: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must read name=value.');
  return { ...gathered, [text.slice(0, at)]: text.slice(at + 1) };
}

/** What stands between columns: `\\t` for a tab. */
export function delimiterOf(text: string): string {
  const delimiter = text === '\\t' ? '\t' : text;
  if (/^[!#-*,/:;<=>@[-`{-~\t ]$/.test(delimiter)) return delimiter;
  throw new InvalidArgumentError(
    'It must be one character that is in no number and no quote, such as ; or \\t.',
  );
}

/** A list of names or numbers with commas between. */
export function list(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => part !== '')) return parts;
  throw new InvalidArgumentError('It must be one or more, with one comma between two.');
}
