/** What a live source cannot understand is counted and said; waits of any length are waited; options are known or refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { blueskyJetstream, postItems, xFilteredStream, type SourceRemark } from '../../src/sources/index.ts';
import { rateLimited } from '../../src/kafka/writer/pace.ts';
import { within } from '../../src/sources/connection.ts';
import { Skipped } from '../../src/sources/live.ts';
import { first, jetstreamLine, scriptedJetstream, scriptedServer, xLine } from './servers.ts';

const token = 'AAAA';

test('Bluesky: messages that are no events, binary ones and records that cannot be read are counted', async (t) => {
  const { url } = await scriptedJetstream(t, [
    (socket) => {
      socket.send('no json');
      socket.send(Buffer.from([1, 2, 3]));
      socket.send(jetstreamLine(1, 'x', { langs: 'en' }));
      socket.send(jetstreamLine(2, 'x', { text: 7 }));
      socket.send(jetstreamLine(3, 'read'));
    },
  ]);
  const remarks: SourceRemark[] = [];
  const posts = blueskyJetstream({ url, onRemark: (remark) => remarks.push(remark) });
  const [post] = await first(posts, 1);
  assert.deepEqual([post?.text, posts.skipped], ['read', 4]);
  assert.deepEqual(
    remarks.map(({ kind, reason }) => `${kind}, ${reason.split(':')[0]}`),
    ['skipped, no event', 'skipped, no record', 'skipped, no record'],
  );
});

test('X: lines that are no posts are counted; without onRemark the log says so, at 1, 10, 100', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  const { url } = await scriptedServer(t, [
    (response) => {
      response.writeHead(200);
      response.write(`${'<html>\r\n'.repeat(12)}${xLine(1)}`);
    },
  ]);
  const posts = xFilteredStream({ token, url });
  assert.equal((await first(posts, 1))[0]?.id, '1');
  assert.equal(posts.skipped, 12);
  const lines = warn.mock.calls.map(({ arguments: [line] }) => String(line));
  assert.equal(lines.length, 2);
  assert.match(
    lines[0]!,
    /X: 1 of its messages could not be understood and was skipped; the last one: no JSON/,
  );
  assert.match(lines[1]!, /10 of its messages .* were skipped/);
  const counted = new Skipped('X', () => {});
  counted.add('x');
  assert.equal(counted.count, 1);
});

test('a wait beyond what one timer holds is waited, not over after a millisecond', async (t) => {
  const { url, seen } = await scriptedServer(t, [(response) => response.socket?.destroy()]);
  const stop = new AbortController();
  const far = { backOff: { network: 1e10, networkMost: 1e10 }, giveUpAfter: Infinity };
  const reading = first(xFilteredStream({ token, url, signal: stop.signal, ...far, onRemark: () => {} }), 1);
  await sleep(300);
  assert.equal(seen.length, 1);
  stop.abort();
  assert.deepEqual(await reading, []);
  let arrive = (_: string) => {};
  const arriving = new Promise<string>((resolve) => (arrive = resolve));
  const outcome = within(arriving, 1e10);
  assert.equal(await Promise.race([outcome, sleep(100, 'waits')]), 'waits');
  arrive('there');
  assert.equal(await outcome, 'there');
});

test('options that are not known, and a stream that would be compressed, are refused', () => {
  const unknown = { code: 'ST_OPTION_UNKNOWN' };
  assert.throws(() => blueskyJetstream({ wantedcollections: [] } as object), unknown);
  assert.throws(() => xFilteredStream({ token, rule: [] } as never), unknown);
  assert.throws(() => blueskyJetstream({ url: 'wss://jetstream.example/subscribe?compress=true' }), {
    code: 'ST_OPTION_INVALID',
    option: 'url',
  });
});

test('an unknown name among the waits is refused before anything is asked', async (t) => {
  const { url, seen } = await scriptedServer(t, []);
  const wrong = { networkmost: 5 } as object;
  await assert.rejects(first(xFilteredStream({ token, url, backOff: wrong }), 1), {
    code: 'ST_OPTION_UNKNOWN',
  });
  assert.equal(seen.length, 0);
});

test('return() while no post comes ends the wait and the connection, also behind postItems and a rate', async (t) => {
  let isClosed = false;
  const { url } = await scriptedJetstream(t, [
    (socket) => {
      socket.on('close', () => (isClosed = true));
      socket.send(jetstreamLine(1, 'read'));
    },
  ]);
  const items = rateLimited(postItems(blueskyJetstream({ url })), 1000)[Symbol.asyncIterator]();
  assert.equal((await items.next()).done, false);
  const waiting = items.next();
  await items.return?.();
  assert.equal((await waiting).done, true);
  while (!isClosed) await sleep(5);
});
