/** Values as people and files write them: times are one moment each, in whatever zone the machine stands, or refused. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { countOrTime, timeOf } from '../../src/cli/values.ts';
import { typescriptFlags } from '../helpers/typescript.ts';

test('ISO 8601 dates and times, basic and extended, with a zone or in UTC', () => {
  const at = Date.UTC(2024, 1, 29, 23, 4, 5);
  for (const [text, time] of [
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['20240229', Date.UTC(2024, 1, 29)],
    ['2024-02-29T23:04:05Z', at],
    ['2024-02-29T23:04:05', at],
    ['2024-02-29 23:04:05', at],
    ['2024-02-29t23:04:05z', at],
    ['20240229T230405Z', at],
    ['2024-03-01T00:04:05+01:00', at],
    ['2024-02-29T18:04:05-0500', at],
    ['2024-02-29T23:04Z', at - 5000],
    ['2024-02-29T23:04:05.123456789Z', at + 123],
    ['2024-02-29T23:04:05,9Z', at + 900],
    ['2024-02-29T24:00:00Z', Date.UTC(2024, 2, 1)],
  ] as const)
    assert.equal(timeOf(text, 'iso'), time, text);
});

test('a text that is no time is none: no guesses by Date.parse', () => {
  for (const text of [
    ...[
      'sensor 7',
      '7',
      '2024',
      '1700000000',
      '2024-1-2',
      '01/02/2024',
      '2024-02-30',
      '2023-02-29',
      '2024-13-01',
    ],
    ...['2024-01-02T25:00Z', '2024-01-02T24:01Z', '2024-01-02T03:60Z', '2024-01-02T03:04:60Z', '2024-W01-1'],
    ...[
      '2024-01-02T03:04:05+25:00',
      '2024-01-02T',
      'Jan 2 2024',
      '2024-01-02T03:04:05 EST',
      '',
      ' ',
      '1969-12-31',
      '0075-01-02',
    ],
  ])
    assert.equal(timeOf(text, 'iso'), undefined, text);
});

test('seconds and milliseconds are told apart by the unit alone, exact to the millisecond', () => {
  assert.equal(timeOf('1700000000', 's'), 1_700_000_000_000);
  assert.equal(timeOf('1700000000.001', 's'), 1_700_000_000_001);
  assert.equal(timeOf('1700000000.9999', 's'), 1_700_000_000_999);
  assert.equal(timeOf('1700000000123', 'ms'), 1_700_000_000_123);
  // Microseconds taken for ms, ms taken for s: beyond the year 9999.
  for (const text of ['1700000000123456', '1700000000123456789']) assert.equal(timeOf(text, 'ms'), undefined);
  assert.equal(timeOf('1700000000123', 's'), undefined);
  for (const text of ['-1', '1e9', '0x10', '', 'NaN', '1.', '2024-01-02', '1,5']) {
    assert.equal(timeOf(text, 's'), undefined, text);
    assert.equal(timeOf(text, 'ms'), undefined, text);
  }
});

test("the machine's zone changes nothing", () => {
  const code = `import { timeOf } from ${JSON.stringify(new URL('../../src/cli/values.ts', import.meta.url).href)};
    process.stdout.write(String(timeOf('2024-07-01T00:00:00', 'iso')));`;
  const args = [...typescriptFlags(), '--input-type=module', '-e', code];
  const printed = execFileSync(process.execPath, args, { env: { ...process.env, TZ: 'America/New_York' } });
  assert.equal(Number(String(printed)), Date.UTC(2024, 6, 1));
});

test('a count, or a time with its unit', () => {
  assert.deepEqual(['1', '20', '500ms', '5s'].map(countOrTime), [
    1,
    20,
    { milliseconds: 500 },
    { milliseconds: 5000 },
  ]);
  for (const text of ['0', '0s', '-1', '1.5s', '5m', 's', '', '99999999999999999'])
    assert.throws(() => countOrTime(text), /a time such as 500ms or 5s/, text);
});
