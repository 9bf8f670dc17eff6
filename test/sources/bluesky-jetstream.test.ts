/** Bluesky's Jetstream, against a local server that sends what Jetstream sends and fails as it fails. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import {
  SourceConnectionError,
  SourceRefusedError,
  blueskyJetstream,
  type SourceRemark,
} from '../../src/sources/index.ts';
import { InvalidOptionError } from '../../src/options.ts';
import { first, jetstreamLine, scriptedJetstream, scriptedServer } from './servers.ts';

const quick = { network: 1, server: 2, rateLimit: 3 };
const texts = (posts: { text: string }[]) => posts.map(({ text }) => text);
const cursorOf = (line: string) => (JSON.parse(line) as { time_us: number }).time_us;

test('new posts come with address, text, time and language; all else is passed over', async (t) => {
  const change = (operation: string) => jetstreamLine(2).replace('"create"', `"${operation}"`);
  const account = {
    did: 'did:plc:a',
    time_us: 5,
    kind: 'account',
    account: { active: true, did: 'did:plc:a' },
  };
  const like = jetstreamLine(3, undefined, { text: undefined, subject: { uri: 'at://x' } });
  const { url, seen } = await scriptedJetstream(t, [
    (socket) => {
      for (const message of [
        JSON.stringify(account),
        change('delete'),
        change('update'),
        like,
        'no json',
        '7',
      ])
        socket.send(message);
      socket.send(Buffer.from([1, 2, 3])); // binary: compressed, not asked for
      socket.send(jetstreamLine(4, 'Grüße 😀', { langs: ['en-GB'] }));
    },
  ]);
  const remarks: SourceRemark[] = [];
  const [post] = await first(blueskyJetstream({ url, onRemark: (remark) => remarks.push(remark) }), 1);
  assert.deepEqual(post, {
    id: 'at://did:plc:eygmaihciaxprqvxpfvl6flk/app.bsky.feed.post/3l3qo2vuow4',
    text: 'Grüße 😀',
    createdAt: new Date('2024-09-09T19:46:03.500Z'),
    language: 'en',
  });
  assert.equal(seen[0]?.search, '?wantedCollections=app.bsky.feed.post', 'no cursor, no compression');
  assert.deepEqual(
    remarks.map(({ kind }) => kind),
    ['skipped', 'skipped'],
  );
});

test('a time that cannot be is replaced by that of arrival', async (t) => {
  const wrong = ['9999-01-01T00:00:00Z', 'yesterday', '0001-01-01T00:00:00Z', undefined];
  const { url } = await scriptedJetstream(t, [
    (socket) => wrong.forEach((createdAt, i) => socket.send(jetstreamLine(i + 1, 'x', { createdAt }))),
  ]);
  const posts = await first(blueskyJetstream({ url }), 4);
  assert.deepEqual(
    posts.map(({ createdAt }) => createdAt.toISOString()),
    [1, 2, 3, 4].map((second) => `2024-09-09T19:46:0${second}.000Z`),
  );
});

test('after a broken connection it goes on behind the last event: nothing is lost, nothing comes twice', async (t) => {
  const { url, seen } = await scriptedJetstream(t, [
    (socket) => {
      for (const second of [1, 2, 3]) socket.send(jetstreamLine(second));
      // An event without a post counts for the cursor as well.
      socket.send(jetstreamLine(4).replace('"create"', '"delete"'), () => socket.terminate());
    },
    (socket) => {
      // Playback begins with the event of the cursor.
      for (const second of [4, 5, 6]) socket.send(jetstreamLine(second));
      socket.close(1001, 'restart');
    },
    (socket) => {
      for (const second of [6, 7]) socket.send(jetstreamLine(second));
    },
  ]);
  const remarks: SourceRemark[] = [];
  const posts = blueskyJetstream({ url, onRemark: (remark) => remarks.push(remark) });
  assert.deepEqual(
    texts(await first(posts, 6)),
    [1, 2, 3, 5, 6, 7].map((second) => `post ${second}`),
  );
  assert.deepEqual(
    seen.map(({ searchParams }) => Number(searchParams.get('cursor'))),
    [0, cursorOf(jetstreamLine(4)), cursorOf(jetstreamLine(6))],
  );
  assert.deepEqual(
    remarks.map(({ waitMs }) => waitMs),
    [0, 0],
  );
  assert.match(remarks[1]!.reason, /1001 restart/);
  assert.equal(posts.cursor, cursorOf(jetstreamLine(7)));
});

test('another life goes on behind the cursor of the first', async (t) => {
  const all = (socket: { send(text: string): void }, { searchParams }: URL) => {
    const from = Number(searchParams.get('cursor'));
    for (const second of [1, 2, 3, 4])
      if (cursorOf(jetstreamLine(second)) >= from) socket.send(jetstreamLine(second));
  };
  const { url } = await scriptedJetstream(t, [all, all]);
  const before = blueskyJetstream({ url });
  assert.deepEqual(texts(await first(before, 2)), ['post 1', 'post 2']);
  const after = blueskyJetstream({ url, ...(before.cursor && { cursor: before.cursor }) });
  assert.deepEqual(texts(await first(after, 2)), ['post 3', 'post 4']);
});

test('collections and accounts are asked for', async (t) => {
  const { url, seen } = await scriptedJetstream(t, [(socket) => socket.send(jetstreamLine(1))]);
  const wanted = { wantedCollections: ['app.bsky.feed.post', 'app.bsky.graph.*'], wantedDids: ['did:plc:a'] };
  await first(blueskyJetstream({ url: `${url}?x=1`, ...wanted }), 1);
  assert.deepEqual(seen[0]?.searchParams.getAll('wantedCollections'), wanted.wantedCollections);
  assert.deepEqual(seen[0]?.searchParams.getAll('wantedDids'), wanted.wantedDids);
  assert.equal(seen[0]?.searchParams.get('x'), '1');
});

test('a connection without a sign of life is made again; pings keep a quiet one', async (t) => {
  const { url, seen } = await scriptedJetstream(t, [
    (socket) => void sleep(900).then(() => socket.send(jetstreamLine(1))), // quiet, but answers pings
    () => {},
  ]);
  assert.equal((await first(blueskyJetstream({ url, silence: 400 }), 1)).length, 1);
  assert.equal(seen.length, 1);

  const deaf = await scriptedJetstream(t, [
    (socket) => socket.send(jetstreamLine(1), () => socket.pause()), // sees no ping any more
    (socket) => socket.send(jetstreamLine(2)),
  ]);
  const remarks: SourceRemark[] = [];
  const onRemark = (remark: SourceRemark) => remarks.push(remark);
  const posts = await first(blueskyJetstream({ url: deaf.url, silence: 200, onRemark }), 2);
  assert.deepEqual(texts(posts), ['post 1', 'post 2']);
  assert.match(remarks[0]!.reason, /nothing arrived for 0.2 s/);
});

test('statuses of the handshake: waits for 5xx and 429, ends at 4xx', async (t) => {
  const { url } = await scriptedServer(t, []);
  const status =
    (code: number, headers = {}) =>
    (response: ServerResponse) =>
      void response.writeHead(code, headers).end();
  const busy = await scriptedServer(t, [status(502), status(503), status(429), status(200), status(400)]);
  const remarks: SourceRemark[] = [];
  const onRemark = (remark: SourceRemark) => remarks.push(remark);
  const stream = blueskyJetstream({ url: busy.url.replace('http', 'ws'), backOff: quick, onRemark });
  await assert.rejects(
    first(stream, 1),
    (error: unknown) =>
      error instanceof SourceRefusedError && error.status === 400 && error.source === 'Bluesky',
  );
  assert.deepEqual(
    remarks.map(({ waitMs }) => waitMs),
    [2, 4, 3, 2],
  );
  assert.throws(() => blueskyJetstream({ url }), InvalidOptionError);
});

test('abort and leaving end it quietly and close the socket', async (t) => {
  const closed: Promise<unknown>[] = [];
  const script = (socket: WebSocket) => {
    closed.push(once(socket, 'close'));
    socket.send(jetstreamLine(1));
  };
  const { url } = await scriptedJetstream(t, [script, script]);
  assert.equal((await first(blueskyJetstream({ url, signal: AbortSignal.timeout(200) }), 2)).length, 1);
  assert.equal((await first(blueskyJetstream({ url }), 1)).length, 1);
  assert.equal(closed.length, 2);
  await Promise.all(closed);
  assert.deepEqual(await first(blueskyJetstream({ url, signal: AbortSignal.abort() }), 1), []);
});

test(
  'a slow reader holds the sender back instead of filling the memory, and loses nothing',
  { timeout: 60_000 },
  async (t) => {
    const total = 12_000;
    const line = (index: number) => {
      const event = JSON.parse(jetstreamLine(1, String(index).padEnd(1000))) as { time_us: number };
      return JSON.stringify({ ...event, time_us: event.time_us + index });
    };
    let stuck = 0;
    const { url } = await scriptedJetstream(t, [
      async (socket) => {
        for (let index = 0; index < total && socket.readyState === socket.OPEN; index++) {
          socket.send(line(index));
          if (index % 100 === 0) await sleep(0);
        }
        for (let before = -1; before !== socket.bufferedAmount; before = stuck) {
          stuck = socket.bufferedAmount;
          await sleep(50);
        }
      },
    ]);
    let count = 0;
    for await (const { text } of blueskyJetstream({ url, silence: 300 })) {
      assert.equal(Number(text), count++);
      if (count === 1) {
        const deadline = Date.now() + 20_000;
        while (stuck === 0 && Date.now() < deadline) await sleep(20);
        await sleep(700); // more than the silence: a paused socket is not a dead one
      }
      if (count === total) break;
    }
    assert.equal(count, total);
    assert.ok(stuck > 1e6, `${stuck} bytes were held back at the sender`);
  },
);

test('it gives up with the last reason when nobody answers for too long', async () => {
  const url = 'ws://127.0.0.1:1/subscribe';
  await assert.rejects(
    first(blueskyJetstream({ url, giveUpAfter: 100, backOff: quick }), 1),
    (error: unknown) =>
      error instanceof SourceConnectionError &&
      error.message.includes(url) &&
      /ECONNREFUSED/.test(error.message),
  );
});

test('options that cannot be are refused by name', () => {
  for (const [options, option] of [
    [{ url: 'https://example.org' }, 'url'],
    [{ cursor: -1 }, 'cursor'],
    [{ cursor: 1.5 }, 'cursor'],
    [{ silence: NaN }, 'silence'],
    [{ wantedCollections: Array.from({ length: 101 }, () => 'a.b.c') }, 'wantedCollections'],
  ] as const)
    assert.throws(
      () => blueskyJetstream(options),
      (error: unknown) => error instanceof InvalidOptionError && error.option === option,
    );
});
