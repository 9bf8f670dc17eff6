/** Reads the values of options; a wrong one is a usage error that says what would be right. */
import { InvalidArgumentError } from 'commander';

/** A whole number from `least` on. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}

/** A number above zero, fractions allowed. */
export function positiveNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** `name=value`, gathered into an object over several uses. */
export function nameValue(text: string, gathered: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must read name=value.');
  return { ...gathered, [text.slice(0, at)]: text.slice(at + 1) };
}

/** A moment as ISO 8601 text, in ms since 1970; undefined when the text is none. */
export function moment(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** A list of names or numbers with commas between. */
export function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
