/** Schedules of faults: drawn the same from the same seed, and every fault put right again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  describeFaults,
  drawFaults,
  playFaults,
  proxyFaults,
  startFaultProxy,
} from '../../src/broker/index.ts';
import type { FaultMaker } from '../../src/broker/index.ts';

test('a seed gives the same schedule again, another seed another', async () => {
  await using proxy = await startFaultProxy();
  const drawn = (seed: number) => describeFaults(drawFaults(seed, proxyFaults(proxy), { count: [4, 4] }));
  assert.equal(drawn(7), drawn(7));
  assert.notEqual(drawn(7), drawn(8));
  assert.match(drawn(7), /^(after \d+ ms .+ for \d+ ms(; |$)){4}/);
  assert.throws(() => drawFaults(7, []), RangeError);
  for (const times of [{ waitMs: [0, NaN] }, { lastMs: [0, 2 ** 31] }] as const)
    assert.throws(() => drawFaults(7, proxyFaults(proxy), times), { code: 'ST_OPTION_INVALID' });
});

test('each fault is put right before the next begins, also one that failed, and after an abort none follows', async () => {
  const told: string[] = [];
  const maker = (name: string, failure?: string): FaultMaker => {
    return () => ({
      name,
      begin: () => {
        told.push(`begin ${name}`);
        if (failure !== undefined) throw new Error(failure);
      },
      end: () => void told.push(`end ${name}`),
    });
  };
  const short = { count: [3, 3], waitMs: [0, 1], lastMs: [1, 2] } as const;
  assert.equal(await playFaults(drawFaults(1, [maker('a')], short)), 3);
  assert.deepEqual(told.splice(0), ['begin a', 'end a', 'begin a', 'end a', 'begin a', 'end a']);
  await assert.rejects(playFaults(drawFaults(1, [maker('b', 'no such node')], short)), /no such node/);
  assert.deepEqual(told.splice(0), ['begin b', 'end b']);

  const endless = drawFaults(1, [maker('c')], { count: [2, 2], waitMs: [0, 0], lastMs: [600_000, 600_000] });
  const stop = new AbortController();
  const playing = playFaults(endless, { signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  assert.equal(await playing, 1);
  assert.deepEqual(told, ['begin c', 'end c']);
});
