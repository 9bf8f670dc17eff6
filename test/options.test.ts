/** Options that are not understood are refused, whatever their name. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  InvalidOptionError,
  checkInteger,
  checkMs,
  checkNumber,
  checkOneOf,
  checkSeed,
  refuseUnknownOptions,
  type OptionNames,
} from '../src/options.ts';

const known: OptionNames<{ seed?: number; testSize?: number }> = { seed: true, testSize: true };

test('a misspelt option is refused, and the message lists the ones there are', () => {
  refuseUnknownOptions('split', { seed: 1 }, known);
  refuseUnknownOptions('split', {}, known);
  const error = { code: 'ST_OPTION_UNKNOWN', of: 'split', option: 'testsize', known: ['seed', 'testSize'] };
  assert.throws(() => refuseUnknownOptions('split', { testsize: 0.3 }, known), {
    ...error,
    message: 'split has no option "testsize". Known options: seed, testSize.',
  });
});

test('an option named like what every object has is not known for that', () => {
  for (const option of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    const options = JSON.parse(`{"${option}": 1}`) as object;
    assert.throws(() => refuseUnknownOptions('split', options, known), { code: 'ST_OPTION_UNKNOWN', option });
  }
});

test('what is no object of options is refused, not read as none', () => {
  for (const value of [7, 'seed', null, [1]])
    assert.throws(() => refuseUnknownOptions('split', value as object, known), {
      code: 'ST_OPTIONS_NOT_OBJECT',
    });
});

/** Asserts that a check refuses a value, in these words. */
function refused(check: () => unknown, words: string) {
  assert.throws(check, (error: unknown) => {
    assert.ok(error instanceof InvalidOptionError);
    assert.equal(error.message, `The option n is ${words}.`);
    assert.equal(error.option, 'n');
    return true;
  });
}

test('a duration is one that a timer takes, unless waiting may have no end', () => {
  const longest = 2 ** 31 - 1;
  for (const ms of [0, 0.5, longest]) assert.equal(checkMs('n', ms), ms);
  assert.equal(checkMs('n', Infinity, { most: Infinity }), Infinity);
  for (const ms of [NaN, -1, longest + 1, Infinity])
    refused(() => checkMs('n', ms), `${ms}; expected a number >= 0 and <= ${longest}`);
  refused(() => checkMs('n', 0, { above: 0 }), `0; expected a number > 0 and <= ${longest}`);
  refused(() => checkMs('n', NaN, { most: Infinity }), 'NaN; expected a number >= 0');
});

test('a number within its bounds is given back, any other refused with both', () => {
  assert.equal(checkNumber('n', 0.5, { above: 0, below: 1 }), 0.5);
  assert.equal(checkNumber('n', -1e300), -1e300);
  assert.equal(checkNumber('n', Infinity, { least: 0, most: Infinity }), Infinity);
  refused(() => checkNumber('n', 0, { above: 0, most: 5 }), '0; expected a number > 0 and <= 5');
  refused(() => checkNumber('n', 1, { least: 0, below: 1 }), '1; expected a number >= 0 and < 1');
  refused(() => checkNumber('n', NaN, { least: 0, most: Infinity }), 'NaN; expected a number >= 0');
  for (const value of [Infinity, -Infinity, NaN, '1', null, undefined]) {
    const shown = typeof value === 'string' ? `"${value}"` : String(value);
    refused(() => checkNumber('n', value), `${shown}; expected a finite number`);
    refused(() => checkNumber('n', value, { below: 3 }), `${shown}; expected a number < 3`);
  }
});

test('a whole number is one that is exact; a seed has 32 bits', () => {
  assert.equal(checkInteger('n', 3, { least: 1, most: 3 }), 3);
  refused(() => checkInteger('n', 4, { least: 1, most: 3 }), '4; expected a whole number >= 1 and <= 3');
  for (const value of [1.5, -1, NaN, Infinity, 2 ** 53])
    refused(() => checkInteger('n', value), `${value}; expected a whole number >= 0`);
  refused(() => checkInteger('n', '3'), '"3"; expected a whole number >= 0');
  assert.equal(checkSeed('n', 2 ** 32 - 1), 2 ** 32 - 1);
  refused(() => checkSeed('n', 2 ** 32), '4294967296; expected a whole number >= 0 and <= 4294967295');
});

test('a value is one of those there are', () => {
  const order: 'shuffled' | 'file' = checkOneOf('n', 'file', ['shuffled', 'file']);
  assert.equal(order, 'file');
  refused(() => checkOneOf('n', 'random', ['shuffled', 'file']), '"random"; expected "shuffled" or "file"');
  refused(() => checkOneOf('n', 1, [true, false, 'replace']), '1; expected true, false or "replace"');
  refused(() => checkOneOf('n', ['file'], ['file']), 'a list of 1; expected "file"');
});

test('what may not be shown, or says less than words, is put in words', () => {
  const error = new InvalidOptionError({
    option: 'n',
    found: 'no bearer token',
    expected: 'the text of one',
  });
  assert.equal(error.message, 'The option n is no bearer token; expected the text of one.');
  assert.equal(error.value, undefined);
});
