/** Options that are not understood are refused, whatever their name. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { refuseUnknownOptions, type OptionNames } from '../src/options.ts';

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
