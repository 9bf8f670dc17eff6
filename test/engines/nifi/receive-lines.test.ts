import assert from 'node:assert/strict';
import test from 'node:test';
import { receiveLines } from '../../../src/engines/index.ts';

const post = (url: string, body: string | Uint8Array<ArrayBuffer>, signal?: AbortSignal) =>
  fetch(url, { method: 'POST', body, ...(signal ? { signal } : {}) });

test('a request is answered when its lines are taken, one after the other; a failure is told and not counted', async () => {
  const taken: (readonly string[])[] = [];
  await using receiver = await receiveLines(async (lines) => {
    if (lines.includes('bad')) throw new Error('the topic is away');
    await new Promise((done) => setTimeout(done, 20 / lines.length));
    taken.push(lines);
  });
  const [first, second] = await Promise.all([post(receiver.url, 'a'), post(receiver.url, 'b\r\nc\n\n')]);
  assert.deepEqual([first.status, second.status], [200, 200]);
  assert.deepEqual(taken.flat().sort(), ['a', 'b', 'c']);
  const failed = await post(receiver.url, 'd\nbad');
  assert.deepEqual([failed.status, await failed.text()], [503, 'the topic is away\n']);
  assert.deepEqual([receiver.lines, receiver.requests, receiver.failed], [3, 2, 1]);
  assert.equal(receiver.emptyLines, 1);
  const latin = await post(receiver.url, new Uint8Array([0x61, 0xe9, 0x0a]));
  assert.deepEqual([latin.status, receiver.lines, receiver.failed], [400, 3, 2]);
});

test('who does not know the secret, or asks otherwise, is told nothing; too large a request is refused', async () => {
  await using receiver = await receiveLines(() => assert.fail('nothing is taken'));
  assert.equal((await post(new URL('/', receiver.url).href, 'a')).status, 404);
  assert.equal((await fetch(receiver.url)).status, 404);
  assert.equal((await post(receiver.url, 'x'.repeat(16 * 2 ** 20 + 1))).status, 413);
  assert.equal(receiver.lines, 0);
});

test('while it pauses, requests wait; one whose sender has gone is not taken, as it will be sent again', async () => {
  const taken: string[] = [];
  await using receiver = await receiveLines((lines) => taken.push(...lines));
  receiver.pause();
  const gone = new AbortController();
  const lost = post(receiver.url, 'lost', gone.signal);
  const kept = post(receiver.url, 'kept');
  await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual(taken, []);
  gone.abort();
  await assert.rejects(lost, { name: 'AbortError' });
  await new Promise((done) => setTimeout(done, 200));
  receiver.resume();
  assert.equal((await kept).status, 200);
  assert.deepEqual(taken, ['kept']);
});
