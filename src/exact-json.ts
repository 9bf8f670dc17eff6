/**
 * Whole numbers in texts that no number of JavaScript holds: `JSON.parse` and `Number` round them without a word, 9007199254740993
 * to 9007199254740992. Those with a fraction or an exponent are floats by their writing, and rounded as floats are; so is what
 * JavaScript itself writes for a float below 1e21, its first 17 digits at most and zeros behind them: 314159265358979300.
 */

/** Strings and numbers of valid JSON. Numbers stand nowhere but beside strings, so that what is in a string is none. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** So many digits that do not follow a point: in a text without them every whole number is exact. */
const MANY_DIGITS = /(?:^|[[:,\s-])\d{16}/;
/** 2^53 has 16 digits. */
const WHOLE = /^[+-]?\d{16,}$/;

/**
 * Whether a text of a number is a whole one that no number holds exactly, and not how a number is written either. One beyond
 * all numbers is infinite, not inexact.
 */
export function isInexact(literal: string): boolean {
  if (!WHOLE.test(literal)) return false;
  const value = Number(literal);
  const whole = literal.replace('+', '');
  return Number.isFinite(value) && String(value) !== whole && BigInt(value) !== BigInt(whole);
}

/** Whether a number may stand for such a one: it lies beyond those that are all exact. Costs a comparison. */
export const mayBeInexact = (value: number): boolean => Math.abs(value) > Number.MAX_SAFE_INTEGER;

/**
 * The first whole number in valid JSON that no number holds exactly, as it is written there. Where no number has 16 digits
 * that costs one search of the text.
 *
 * @example
 * ```ts run
 * firstInexact('{"id": 9007199254740993}'); // '9007199254740993'
 * firstInexact('{"id": 9007199254740992, "text": "9007199254740993"}'); // undefined
 * firstInexact(JSON.stringify([Math.PI * 1e17])); // undefined
 * ```
 */
export function firstInexact(json: string): string | undefined {
  if (!MANY_DIGITS.test(json)) return undefined;
  for (const [token] of json.matchAll(TOKEN)) if (isInexact(token)) return token;
  return undefined;
}

/** What valid JSON holds, with the text of each whole number that no number holds exactly in the number's place. */
export function parsedWithInexactAsText(json: string): unknown {
  return JSON.parse(json.replaceAll(TOKEN, (token) => (isInexact(token) ? `"${token}"` : token)));
}

/** Why such a number is refused, as a part of a sentence. */
export const whyInexact = (literal: string): string =>
  `${literal}, a whole number beyond 2^53 that no number here holds exactly; with a point or an exponent it would be read as a float`;
