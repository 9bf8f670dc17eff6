/** How long to wait is what the service says, else what X documents. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dropped, saidWait, waitBefore } from '../../src/sources/back-off.ts';

const waits = (drop: Dropped, attempts: number[]) => attempts.map((attempt) => waitBefore(drop, attempt));

test('X’s documented waits are the defaults, each with its limit', () => {
  assert.deepEqual(
    waits(new Dropped('network', ''), [1, 2, 64, 65, 1e9]),
    [250, 500, 16_000, 16_000, 16_000],
  );
  assert.deepEqual(
    waits(new Dropped('server', ''), [1, 2, 3, 7, 8]),
    [5_000, 10_000, 20_000, 320_000, 320_000],
  );
  assert.deepEqual(waits(new Dropped('rateLimit', ''), [1, 2, 4, 5]), [60_000, 120_000, 480_000, 900_000]);
});

test('what the service says goes first, but it is never asked without a pause', () => {
  assert.equal(waitBefore(new Dropped('rateLimit', '', 1234), 9), 1234);
  assert.equal(waitBefore(new Dropped('server', '', 0), 1), 250);
});

test('Retry-After is read as seconds or as a date, before X’s own header; nonsense is none', () => {
  const now = Date.UTC(2024, 0, 1);
  const said = (headers: Record<string, string>) => saidWait(new Headers(headers), now);
  assert.equal(said({ 'retry-after': '7' }), 7000);
  assert.equal(said({ 'retry-after': 'Mon, 01 Jan 2024 00:00:30 GMT' }), 30_000);
  assert.equal(said({ 'retry-after': 'Sun, 31 Dec 2023 00:00:00 GMT' }), 0);
  assert.equal(said({ 'x-rate-limit-reset': String(now / 1000 + 90) }), 90_000);
  assert.equal(said({ 'retry-after': '7', 'x-rate-limit-reset': String(now / 1000 + 90) }), 7000);
  assert.equal(said({ 'retry-after': 'soon', 'x-rate-limit-reset': '' }), undefined);
  assert.equal(said({}), undefined);
});
