/** Silence is what answers have told, not the time without any. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Silence, waitFor } from '../../../src/kafka/read/silence.ts';

test('nothing is known before the first answer, and nothing more after the last', async () => {
  const silence = new Silence(500);
  await sleep(30);
  assert.equal(silence.ms, NaN);
  silence.confirm(performance.now() - 20);
  const known = silence.ms;
  assert.ok(known >= 19 && known < 1000, `${known}`);
  await sleep(30);
  assert.equal(silence.ms, known, 'time alone tells nothing');
  silence.confirm(performance.now());
  assert.ok(silence.ms >= known + 29, 'from answer to answer');
  silence.restart();
  assert.equal(silence.ms, NaN);
});

test('a request of before somebody listened counts from then on only', () => {
  const silence = new Silence(500);
  silence.confirm(performance.now() - 60_000);
  assert.ok(silence.ms < 100);
});

test('a gap between two answers, as of a suspended process, counts as one answer, once another has come', (t) => {
  let now = 5_000;
  t.mock.method(performance, 'now', () => now);
  const silence = new Silence(500);
  now += 400;
  silence.confirm(5_000);
  assert.equal(silence.ms, 400);
  now += 3_600_000;
  silence.confirm(5_400);
  assert.equal(silence.ms, 400, 'what came during the gap is not known yet');
  now += 500;
  silence.confirm(now - 500);
  assert.equal(silence.ms, 400 + 600 + 500);
});

test('the wall clock does not matter', (t) => {
  const silence = new Silence(500);
  t.mock.method(Date, 'now', () => 8.64e15);
  silence.confirm(performance.now());
  assert.ok(silence.ms < 1_000);
});

test('brokers answer often enough for each silence that is waited for', () => {
  assert.equal(waitFor(500, -1, Infinity), 500);
  assert.equal(waitFor(500, 10_000, 1_000), 500);
  assert.equal(waitFor(500, 700), 350);
  assert.equal(waitFor(500, 200, 10_000), 200);
  assert.equal(waitFor(500, 0), 20, 'no broker is asked without a pause');
  assert.equal(waitFor(0, 10_000), 0);
});
