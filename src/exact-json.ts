/**
 * What `JSON.parse` changes without a word: of a name that is there twice it keeps the last, and whole numbers it rounds.
 *
 * Whole numbers in texts that no number of JavaScript holds: `JSON.parse` and `Number` round them without a word, 9007199254740993
 * to 9007199254740992. Those with a fraction or an exponent are floats by their writing, and rounded as floats are; so is what
 * JavaScript itself writes for a float below 1e21, its first 17 digits at most and zeros behind them: 314159265358979300.
 */

/**
 * Numbers of valid JSON, and strings, as numbers stand nowhere but beside them: of a string all of it, or what is before its
 * first escape. One pattern for all of a string would need V8's stack for each escape, which some millions overflow.
 */
const TOKEN = /"[^"\\]*["\\]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** So many digits that do not follow a point: in a text without them every whole number is exact. */
const MANY_DIGITS = /(?:^|[[:,\s-])\d{16}/;
/** 2^53 has so many digits. */
const DIGITS = 16;
const WHOLE = /^[+-]?\d{16,}$/;

/**
 * Whether a text of a number is a whole one that no number holds exactly, and not how a number is written either. One beyond
 * all numbers is infinite, not inexact.
 */
export function isInexact(literal: string): boolean {
  if (literal.length < DIGITS || !WHOLE.test(literal)) return false;
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
  for (const { literal } of inexactIn(json)) return literal;
  return undefined;
}

/** What valid JSON holds, with the text of each whole number that no number holds exactly in the number's place. */
export function parsedWithInexactAsText(json: string): unknown {
  let [text, done] = ['', 0];
  for (const { literal, at } of inexactIn(json)) {
    text += `${json.slice(done, at)}"${literal}"`;
    done = at + literal.length;
  }
  return JSON.parse(text + json.slice(done));
}

/** The whole numbers in valid JSON that no number holds exactly, and where they stand. */
function* inexactIn(json: string): Generator<{ readonly literal: string; readonly at: number }> {
  const token = new RegExp(TOKEN);
  for (let found = token.exec(json); found !== null; found = token.exec(json)) {
    const [literal] = found;
    if (literal.endsWith('\\')) token.lastIndex = endOfString(json, token.lastIndex);
    else if (isInexact(literal)) yield { literal, at: found.index };
  }
}

/**
 * The first of `names` that an object in valid JSON has twice; those of objects within it do not count. Where nothing but its
 * own names stands before a colon, that costs one search of the text, else one reading of it at most.
 *
 * @param object what `JSON.parse` made of it
 * @example
 * ```ts run
 * const text = '{"size": 1, "size": 2, "more": {"clump": 3, "clump": 4}}';
 * namedTwice(text, JSON.parse(text), ['clump', 'size']); // 'size'
 * ```
 */
export function namedTwice(json: string, object: object, names: readonly string[]): string | undefined {
  // Behind a name's quote stands a colon, after spaces at most: of as many as there are names none is there twice.
  let colons = 0;
  for (let at = json.indexOf(':'); at !== -1; at = json.indexOf(':', at + 1)) {
    const before = json.charCodeAt(at - 1);
    if (before === QUOTE || before <= SPACE) colons++;
  }
  if (colons === Object.keys(object).length) return undefined;
  const isTwice = (name: string): boolean => json.indexOf(`"${name}"`) !== json.lastIndexOf(`"${name}"`);
  if (names.length <= SOUGHT && !json.includes('\\') && !names.some(isTwice)) return undefined;
  for (const { name, isRepeated } of namesIn(json, 1)) if (isRepeated && names.includes(name)) return name;
  return undefined;
}

/**
 * The first name that an object in valid JSON, or an object within it, has twice.
 *
 * @example
 * ```ts run
 * repeatedName('{"op": "train", "ranges": [{"from": 1, "to": 2, "from": 3}]}'); // 'from'
 * ```
 */
export function repeatedName(json: string): string | undefined {
  for (const { name, isRepeated } of namesIn(json, Infinity)) if (isRepeated) return name;
  return undefined;
}

/** So many names at most are sought one by one, which is faster than reading the text, and slower for more: each is sought in all of it. */
const SOUGHT = 16;
const QUOTE = 0x22;
const SPACE = 0x20;

/** A string up to its end or first escape, or what opens and closes objects and lists. */
const NESTING = /"[^"\\]*["\\]|[{}[\]]/g;

/** The names of an object in valid JSON and of those within it, down to a depth, in their order, and as often as they are there. */
function* namesIn(
  json: string,
  deepest: number,
): Generator<{ readonly name: string; readonly isRepeated: boolean }> {
  const token = new RegExp(NESTING);
  let depth = 0;
  /** The names so far of the object or list that is open at each depth. */
  const seen: (Set<string> | undefined)[] = [];
  for (let found = token.exec(json); found !== null; found = token.exec(json)) {
    const [text] = found;
    if (text === '{' || text === '[') seen[++depth] = undefined;
    else if (text === '}' || text === ']') depth--;
    else {
      if (text.endsWith('\\')) token.lastIndex = endOfString(json, token.lastIndex);
      if (depth > deepest || !isColonNext(json, token.lastIndex)) continue;
      const name = JSON.parse(json.slice(found.index, token.lastIndex)) as string;
      const names = (seen[depth] ??= new Set());
      yield { name, isRepeated: names.has(name) };
      names.add(name);
    }
  }
}

function isColonNext(json: string, from: number): boolean {
  let at = from;
  while (json.charCodeAt(at) <= SPACE) at++;
  return json[at] === ':';
}

/** Where a string of valid JSON ends, its quote included: at the first quote from `from` on that no backslash escapes. */
function endOfString(json: string, from: number): number {
  for (let quote = json.indexOf('"', from); quote !== -1; quote = json.indexOf('"', quote + 1)) {
    let before = quote;
    while (json[before - 1] === '\\') before--;
    if ((quote - before) % 2 === 0) return quote + 1;
  }
  return json.length;
}

/** Why such a number is refused, as a part of a sentence. */
export const whyInexact = (literal: string): string =>
  `${literal}, a whole number beyond 2^53 that no number here holds exactly; with a point or an exponent it would be read as a float`;
