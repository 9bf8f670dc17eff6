/** Waiting, and trying again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs, inTime, orAfter, pause, retrying, until } from '../../src/process/index.ts';

test('a wait of more than 24.8 days waits, without a warning', async () => {
  const over = new AbortController();
  const warned: Error[] = [];
  const listen = (warning: Error) => warned.push(warning);
  process.on('warning', listen);
  let happen = () => {};
  const event = new Promise<void>((resolve) => (happen = resolve));
  const late = () => new Error('late');
  const waiting = [pause(1e10, over.signal).catch(() => {}), orAfter(event, 1e10), inTime(event, 1e10, late)];
  const outcome = Promise.race([...waiting.map((one) => one.then(() => 'over')), sleep(50, 'still waiting')]);
  assert.equal(await outcome, 'still waiting');
  over.abort();
  happen();
  await Promise.all(waiting);
  process.off('warning', listen);
  assert.deepEqual(warned, []);
});

const quick = { first: 1, longest: 4 };

test('waits double with each failure, up to the longest', () => {
  const waits = { first: 50, longest: 1000 };
  assert.deepEqual(
    [1, 2, 3, 5, 6, 100, 5000].map((failures) => backOffMs(waits, failures)),
    [50, 100, 200, 800, 1000, 1000, 1000],
  );
});

test('attempts are made until one succeeds, or until it is given up with the error that says so', async () => {
  let attempts = 0;
  const third = async () => {
    if (++attempts < 3) throw new Error(`attempt ${attempts}`);
    return attempts;
  };
  assert.equal(await retrying(third, quick, () => undefined), 3);
  const failing = async () => Promise.reject(new Error('no'));
  const seen: number[] = [];
  const giveUp = (error: unknown, ms: number, failures: number) => {
    assert.ok(ms >= backOffMs(quick, failures), 'the coming wait is counted');
    seen.push(failures);
    return failures === 2 ? new Error('given up', { cause: error }) : undefined;
  };
  await assert.rejects(retrying(failing, quick, giveUp), /given up/);
  assert.deepEqual(seen, [1, 2]);
});

test('an abort ends the wait between two attempts with the last failure, or with its own reason', async () => {
  const failing = async () => Promise.reject(new Error('the last failure'));
  const long = { first: 60_000, longest: 60_000 };
  for (const keepsFailure of [true, false]) {
    const stop = new AbortController();
    const giveUp = (error: unknown) => (keepsFailure && stop.signal.aborted ? (error as Error) : undefined);
    const trying = retrying(failing, long, giveUp, stop.signal);
    setTimeout(() => stop.abort(new Error('over')), 5);
    await assert.rejects(trying, keepsFailure ? /the last failure/ : /over/);
  }
});

test('something is looked for until it is there; the last look is made at the limit', async () => {
  let looks = 0;
  assert.equal(await until(async () => (++looks > 3 ? looks : undefined), quick, 60_000, never), 4);
  looks = 0;
  const nothing = async () => void looks++;
  await assert.rejects(
    until(nothing, quick, 20, () => new Error(`not there after ${looks} looks`)),
    /not there after \d+ looks/,
  );
  assert.ok(looks >= 2);
  const stopped = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(until(nothing, quick, 60_000, never, stopped), /stopped/);
});

const never = () => new Error('it was there');
