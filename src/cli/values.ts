/** Reads the values of options and of columns of times; a wrong option is a usage error that says what would be right. */
import { LONGEST_TIMER_MS } from '../options.ts';
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

/** A duration in ms, from `least` to the longest that a timer takes. */
export const duration = (least: number): ((text: string) => number) => wholeNumber(least, LONGEST_TIMER_MS);

/** A count, or a time with its unit, `500ms` or `5s`. */
export function countOrTime(text: string): number | { readonly milliseconds: number } {
  const [, digits = '', unit] = /^(\d+)(ms|s)?$/.exec(text) ?? [];
  const value = Number(digits) * (unit === 's' ? 1000 : 1);
  if (value >= 1 && Number.isSafeInteger(value)) return unit === undefined ? value : { milliseconds: value };
  throw new InvalidArgumentError('It must be a whole number from 1 on, or a time such as 500ms or 5s.');
}

const decimal = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number above zero, fractions allowed. */
export function positiveNumber(text: string): number {
  const value = decimal.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** A duration in seconds above zero, fractions allowed, no longer than a timer takes. */
export function seconds(text: string): number {
  const most = Math.floor(LONGEST_TIMER_MS / 1000);
  const value = positiveNumber(text);
  if (value <= most) return value;
  throw new InvalidArgumentError(`It must be a number of seconds, ${most} at most.`);
}

/** A number from zero on, fractions allowed. */
export function numberFromZero(text: string): number {
  const value = decimal.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number from 0 on.');
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

/** What a column of times holds. */
export const timeUnits = ['iso', 's', 'ms'] as const;
/** One of {@link timeUnits}. */
export type TimeUnit = (typeof timeUnits)[number];

/** What is right, for messages. */
export const timeForms: Readonly<Record<TimeUnit, string>> = {
  iso: 'an ISO 8601 time such as 2026-01-31T12:00:00Z (without a zone: UTC)',
  s: 'seconds since 1970, such as 1700000000 or 1700000000.25',
  ms: 'milliseconds since 1970, such as 1700000000000',
};

/** The last moment of the year 9999; what lies behind it is in another unit. */
const latest = 253_402_300_799_999;

/**
 * The moment a text stands for, in ms since 1970, or undefined when it is none from 1970 to 9999 (Kafka has no earlier
 * ones). Parts of a millisecond are cut off.
 */
export function timeOf(text: string, unit: TimeUnit): number | undefined {
  const time = unit === 'iso' ? isoTime(text) : epochTime(text, unit);
  return time !== undefined && time >= 0 && time <= latest ? time : undefined;
}

function epochTime(text: string, unit: 's' | 'ms'): number | undefined {
  const parts = /^(\d{1,15})(?:\.(\d+))?$/.exec(text);
  if (!parts) return undefined;
  const [, whole = '', fraction = ''] = parts;
  // By digits: 1700000000.001 * 1000 is not 1700000000001.
  return unit === 'ms' ? Number(whole) : Number(whole + `${fraction}000`.slice(0, 3));
}

const date = /(\d{4})-(\d\d)-(\d\d)/.source;
const zone = /(Z|[+-]\d\d(?::?\d\d)?)?/.source;
/** Calendar dates in the extended form, with a time of day if there is one; a blank instead of T as in RFC 3339. */
const extended = new RegExp(`^${date}(?:[T ](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d+))?)? ?${zone})?$`, 'i');
/** The same in the basic form: 20260131T120000Z. */
const basic = new RegExp(
  `^(\\d{4})(\\d\\d)(\\d\\d)(?:T(\\d\\d)(\\d\\d)(?:(\\d\\d)(?:[.,](\\d+))?)?${zone})?$`,
  'i',
);

/** ISO 8601 calendar dates and times, without a zone taken for UTC; undefined for the rest, and for a 30th of February. */
export function isoTime(text: string): number | undefined {
  const parts = extended.exec(text) ?? basic.exec(text);
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0)) as Numbers;
  const ms = Number(`${parts[7] ?? ''}000`.slice(0, 3));
  // Date.UTC would take a year below 100 for one of the 20th century.
  if (year < 100) return undefined;
  const isMidnight = hour === 24 && minute === 0 && second === 0 && ms === 0;
  if ((hour > 23 && !isMidnight) || minute > 59 || second > 59) return undefined;
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const there = new Date(Date.UTC(year, month - 1, day));
  if (there.getUTCMonth() !== month - 1 || there.getUTCDate() !== day) return undefined;
  const offset = offsetOf(parts[8]);
  return offset === undefined ? undefined : time - offset * 60_000;
}

type Numbers = [number, number, number, number, number, number];

/** Minutes east of Greenwich. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
