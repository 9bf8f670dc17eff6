/** Waiting that an abort ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics } from 'node:v8';
import { onAbort } from '../../src/process/abort.ts';
import { abortable, endable, endedBy, unlessAborted, untilAborted } from '../../src/process/index.ts';

const never = new Promise<string>(() => {});

test('an abort ends the wait for a promise: with its reason, or with nothing', async () => {
  const stop = new AbortController();
  const waits = [unlessAborted(never, stop.signal), untilAborted(never, stop.signal)];
  stop.abort(new Error('enough'));
  await assert.rejects(waits[0]!, /enough/);
  assert.equal(await waits[1], undefined);
  await assert.rejects(unlessAborted(Promise.resolve('done'), stop.signal), /enough/);
  assert.equal(await untilAborted(Promise.resolve('done'), stop.signal), undefined);
});

test('without an abort the outcome is that of the work', async () => {
  const { signal } = new AbortController();
  const failed = () => Promise.reject(new Error('no'));
  for (const wait of [unlessAborted, untilAborted]) {
    assert.equal(await wait(Promise.resolve('done'), signal), 'done');
    await assert.rejects(wait(failed(), signal), /no/);
  }
  assert.equal(await unlessAborted(Promise.resolve('done'), undefined), 'done');
});

test('a stream ends at an abort while its source is silent, and the source is asked to end', async () => {
  for (const quietly of [true, false]) {
    const stop = new AbortController();
    let returned = 0;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => {
        let next = 0;
        return {
          next: () => (next < 2 ? Promise.resolve({ done: false, value: next++ }) : new Promise(() => {})),
          return: () => Promise.resolve({ done: true, value: void returned++ }),
        };
      },
    };
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of abortable(source, stop.signal, { quietly })) {
        seen.push(item);
        if (seen.length === 2) setTimeout(() => stop.abort(new Error('enough')), 5);
      }
    })();
    if (quietly) await reading;
    else await assert.rejects(reading, /enough/);
    assert.deepEqual([seen, returned], [[0, 1], 1]);
  }
});

test('those that wait are called in their order; one that was forgotten is not, also if another one forgets it just then', () => {
  const stop = new AbortController();
  const called: number[] = [];
  onAbort(stop.signal, () => called.push(1));
  const forgetSecond = onAbort(stop.signal, () => called.push(2));
  onAbort(stop.signal, () => {
    called.push(3);
    forgetFourth();
  });
  const forgetFourth = onAbort(stop.signal, () => called.push(4));
  forgetSecond();
  forgetSecond();
  stop.abort();
  assert.deepEqual(called, [1, 3]);
});

test('waits that overlap, each with the next, keep nothing of each other once they are over', async () => {
  const { signal } = new AbortController();
  const oldBytes = (): number =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')!.space_used_size;
  const begin = () => {
    let end = (_given: readonly number[]): void => {};
    const work = new Promise<readonly number[]>((resolve) => (end = resolve));
    return { waiting: untilAborted(work, signal), end };
  };
  let most = 0;
  let one = begin();
  const before = oldBytes();
  for (let i = 0; i < 20_000; i++) {
    const next = begin();
    one.end(new Array<number>(1_000).fill(i));
    await one.waiting;
    one = next;
    if (i % 100 === 0) most = Math.max(most, oldBytes() - before);
  }
  assert.ok(most < 10 * 2 ** 20, `${Math.round(most / 2 ** 20)} of 153 MiB got old`);
});

test('return() of an endable generator ends a next() that waits, by a plain return or by the reason of its signal', async () => {
  for (const byReason of [true, false]) {
    let cleaned = 0;
    const items = endable(async function* (ended): AsyncGenerator<number, string, undefined> {
      try {
        yield 1;
        await (byReason ? unlessAborted(never, ended) : untilAborted(never, ended));
        return 'ended';
      } finally {
        cleaned++;
      }
    });
    assert.deepEqual(await items.next(), { done: false, value: 1 });
    const [waiting, behind] = [items.next(), items.next()];
    assert.deepEqual(await items.return('mine'), { done: true, value: 'mine' });
    assert.deepEqual(await waiting, { done: true, value: byReason ? undefined : 'ended' });
    assert.deepEqual(await behind, { done: true, value: undefined });
    assert.equal(cleaned, 1);
  }
});

test('without a wait an endable generator is a plain one: its own failures, throw() and break reach it', async () => {
  const seen: (number | string)[] = [];
  const counting = () =>
    endable(async function* (ended): AsyncGenerator<number, void, undefined> {
      try {
        for (let i = 0; i < 3; i++) yield i;
        throw new Error('no more');
      } catch (error) {
        seen.push((error as Error).message);
        throw error;
      } finally {
        seen.push(`aborted: ${ended.aborted}`);
      }
    });
  const all = (async () => {
    for await (const item of counting()) seen.push(item);
  })();
  await assert.rejects(all, /no more/);
  for await (const item of counting()) if (item === 1) break;
  const items = counting();
  await items.next();
  await assert.rejects(items.throw(new Error('from outside')), /from outside/);
  const aborted = 'aborted: false';
  assert.deepEqual(seen, [0, 1, 2, 'no more', aborted, aborted, 'from outside', aborted]);
});

test('an endable generator hands the end on to the one it reads, while both wait', async () => {
  const inner = endable(async function* (ended): AsyncGenerator<number, void, undefined> {
    yield 1;
    await untilAborted(never, ended);
  });
  const outer = endable(async function* (ended): AsyncGenerator<number, void, undefined> {
    for await (const item of endedBy(inner, ended)) yield item * 10;
  });
  assert.equal((await outer.next()).value, 10);
  const waiting = outer.next();
  await outer.return();
  assert.equal((await waiting).done, true);
  assert.equal((await inner.next()).done, true);
  assert.deepEqual(endedBy([1, 2], AbortSignal.abort()), [1, 2], 'what never waits stays as it is');
});
