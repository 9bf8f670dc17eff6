/** X's filtered stream, against a local server that sends what X sends and fails as X fails. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopic, writeToKafka } from '../../src/kafka/index.ts';
import {
  SourceConnectionError,
  SourceRefusedError,
  postItems,
  xFilteredStream,
  type SourceRemark,
} from '../../src/sources/index.ts';
import { InvalidOptionError } from '../../src/options.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomTopic, readOutside } from '../helpers/topics.ts';
import { first, scriptedServer, xLine, type Answer } from './servers.ts';

const token = 'AAAAsecret%3D';
const quick = { network: 1, server: 2, rateLimit: 3 };

/** Sends lines and leaves the connection open. */
const open =
  (...lines: string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(lines.join(''));
  };
/** Sends lines, then cuts the connection. */
const cut =
  (...lines: string[]): Answer =>
  (response) => {
    response.writeHead(200);
    response.write(lines.join(''), () => setTimeout(() => response.destroy(), 20));
  };
const refuse =
  (status: number, headers: Record<string, string> = {}, body: unknown = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

test('posts come with id, text, time and language; keep-alives do not', async (t) => {
  const { url, seen } = await scriptedServer(t, [open('\r\n', xLine(1), '\r\n\r\n', xLine(2, 'Ünïcode 😀'))]);
  const posts = await first(xFilteredStream({ token, url }), 2);
  assert.deepEqual(posts, [
    { id: '1', text: 'post 1', createdAt: new Date('2024-05-01T12:00:01Z'), language: 'en' },
    { id: '2', text: 'Ünïcode 😀', createdAt: new Date('2024-05-01T12:00:02Z'), language: 'en' },
  ]);
  assert.equal(seen[0]?.headers.authorization, `Bearer ${token}`);
  assert.equal(seen[0]?.url.searchParams.get('tweet.fields'), 'created_at,lang,note_tweet');
});

test('a long post comes whole', async (t) => {
  const data = { id: '1', text: `${'a'.repeat(279)}…`, note_tweet: { text: 'a'.repeat(1_000) } };
  const { url } = await scriptedServer(t, [open(`${JSON.stringify({ data })}\r\n`)]);
  const [post] = await first(xFilteredStream({ token, url }), 1);
  assert.equal(post?.text, 'a'.repeat(1_000));
});

test('a post whose long form is null or has no text comes as it is', async (t) => {
  const lines = [null, {}].map((note_tweet, id) =>
    JSON.stringify({ data: { id: `${id}`, text: 'short', note_tweet } }),
  );
  const { url } = await scriptedServer(t, [open(`${lines.join('\r\n')}\r\n`)]);
  const posts = await first(xFilteredStream({ token, url }), 2);
  assert.deepEqual(
    posts.map(({ text }) => text),
    ['short', 'short'],
  );
});

test('a post cut anywhere, inside a letter too, arrives whole', async (t) => {
  const bytes = Buffer.from(xLine(1, 'Ünïcode 😀') + xLine(2));
  const { url } = await scriptedServer(t, [
    async (response) => {
      for (let at = 0; at < bytes.length; at += 7) {
        response.write(bytes.subarray(at, at + 7));
        if (at % 70 === 0) await sleep(1);
      }
    },
  ]);
  const posts = await first(xFilteredStream({ token, url }), 2);
  assert.deepEqual(
    posts.map(({ text }) => text),
    ['Ünïcode 😀', 'post 2'],
  );
});

test('a dropped connection is made again at once, and half a line is not taken for a post', async (t) => {
  const remarks: SourceRemark[] = [];
  const { url } = await scriptedServer(t, [cut(xLine(1), xLine(2).slice(0, 60)), open(xLine(3))]);
  const posts = await first(xFilteredStream({ token, url, onRemark: (remark) => remarks.push(remark) }), 2);
  assert.deepEqual(
    posts.map(({ id }) => id),
    ['1', '3'],
  );
  assert.deepEqual(
    remarks.map(({ kind, waitMs }) => [kind, waitMs]),
    [['reconnect', 0]],
  );
});

test('the waits grow as X asks: straight for the network, doubled for its errors', async (t) => {
  const remarks: SourceRemark[] = [];
  const hangUp: Answer = (response) => response.destroy();
  const answers = [hangUp, hangUp, hangUp, refuse(503), refuse(500), refuse(502), refuse(429), refuse(429)];
  const { url } = await scriptedServer(t, [...answers, open(xLine(1))]);
  const onRemark = (remark: SourceRemark) => remarks.push(remark);
  await first(xFilteredStream({ token, url, backOff: quick, onRemark }), 1);
  assert.deepEqual(
    remarks.map(({ waitMs }) => waitMs),
    [1, 2, 3, 2, 4, 8, 3, 6],
  );
  assert.match(remarks[3]!.reason, /503/);
});

test('Retry-After and the reset of the rate limit go first', async (t) => {
  const remarks: SourceRemark[] = [];
  const stop = new AbortController();
  const reset = String(Math.ceil(Date.now() / 1000) + 600);
  const full = { title: 'ConnectionException', detail: 'maximum allowed connection limit' };
  const { url } = await scriptedServer(t, [
    refuse(429, { 'retry-after': '1' }, full),
    refuse(429, { 'x-rate-limit-reset': reset }),
  ]);
  const onRemark = (remark: SourceRemark) => {
    if (remarks.push(remark) === 2) stop.abort();
  };
  const started = performance.now();
  await first(xFilteredStream({ token, url, signal: stop.signal, backOff: quick, onRemark }), 1);
  assert.ok(performance.now() - started >= 990, 'it waited the second');
  assert.equal(remarks[0]!.waitMs, 1000);
  assert.match(remarks[0]!.reason, /HTTP 429 \(ConnectionException: maximum allowed/);
  assert.ok(remarks[1]!.waitMs > 590_000 && remarks[1]!.waitMs <= 601_000, String(remarks[1]!.waitMs));
});

test('a refusal ends it at once, in X’s words and without the token', async (t) => {
  for (const [status, advice] of [
    [401, /bearer token/],
    [403, /access level/],
    [400, /request/],
  ] as const) {
    const body = { title: 'Refused', detail: `not with ${token}`, status };
    const { url, seen } = await scriptedServer(t, [refuse(status, {}, body)]);
    await assert.rejects(first(xFilteredStream({ token, url }), 1), (error: unknown) => {
      assert.ok(error instanceof SourceRefusedError && error.status === status);
      assert.match(error.message, advice);
      assert.match(error.message, /Refused: not with \*\*\*/);
      assert.ok(!JSON.stringify(error).includes(token));
      return true;
    });
    assert.equal(seen.length, 1);
  }
});

test('the token does not follow a redirect', async (t) => {
  const other = await scriptedServer(t, []);
  const { url } = await scriptedServer(t, [refuse(302, { location: other.url }), open(xLine(1))]);
  await first(xFilteredStream({ token, url, backOff: quick }), 1);
  assert.equal(other.seen.length, 0);
});

test('an announced end, and silence, mean a new connection', async (t) => {
  const remarks: SourceRemark[] = [];
  const upstream = {
    errors: [
      {
        title: 'operational-disconnect',
        disconnect_type: 'UpstreamOperationalDisconnect',
        detail: 'This stream has been disconnected upstream for operational reasons.',
        type: 'https://api.x.com/2/problems/operational-disconnect',
      },
    ],
  };
  const { url } = await scriptedServer(t, [
    open(xLine(1), `${JSON.stringify(upstream)}\r\n`),
    open(xLine(2)),
    () => {}, // no answer at all
    open(xLine(3)),
  ]);
  const onRemark = (remark: SourceRemark) => remarks.push(remark);
  const posts = await first(xFilteredStream({ token, url, silence: 200, backOff: quick, onRemark }), 3);
  assert.deepEqual(
    posts.map(({ id }) => id),
    ['1', '2', '3'],
  );
  assert.match(remarks[0]!.reason, /operational-disconnect: This stream/);
  assert.match(remarks[1]!.reason, /nothing arrived for 0.2 s/);
  assert.match(remarks[2]!.reason, /nothing arrived for 0.2 s/);
});

test('keep-alives alone keep a quiet stream open', async (t) => {
  const { url, seen } = await scriptedServer(t, [
    async (response) => {
      for (let i = 0; i < 8; i++) {
        response.write('\r\n');
        await sleep(100);
      }
      response.write(xLine(1));
    },
  ]);
  assert.equal((await first(xFilteredStream({ token, url, silence: 500 }), 1)).length, 1);
  assert.equal(seen.length, 1);
});

test('a line that is no post is passed over and told', async (t) => {
  const remarks: SourceRemark[] = [];
  const { url, seen } = await scriptedServer(t, [
    open('<html>\r\n', '{"data":{"id":5}}\r\n', '[]\r\n', xLine(1)),
  ]);
  const [post] = await first(xFilteredStream({ token, url, onRemark: (remark) => remarks.push(remark) }), 1);
  assert.equal(post?.id, '1');
  assert.equal(seen.length, 1);
  assert.deepEqual(
    remarks.map(({ kind }) => kind),
    ['skipped', 'skipped', 'skipped'],
  );
});

test('only rules that are missing are added, once; a rule that X does not take ends it', async (t) => {
  const rules = [{ value: 'coffee lang:en', tag: 'coffee' }, { value: 'tea' }];
  const json = (body: unknown, status = 200) => refuse(status, {}, body);
  const there = { data: [{ id: '1', value: 'tea' }], meta: { result_count: 1 } };
  const one = await scriptedServer(t, [
    json(there),
    json({ data: [{ id: '2' }] }, 201),
    cut(xLine(1)),
    open(xLine(2)),
  ]);
  assert.equal((await first(xFilteredStream({ token, url: one.url, rules }), 2)).length, 2);
  assert.deepEqual(
    one.seen.map(({ method, url }) => `${method} ${url.pathname.slice('/2/tweets/search/'.length)}`),
    ['GET stream/rules', 'POST stream/rules', 'GET stream', 'GET stream'],
  );
  assert.deepEqual(JSON.parse(one.seen[1]!.body), { add: [rules[0]] });

  const invalid = {
    meta: { summary: { invalid: 1 } },
    errors: [{ title: 'UnprocessableEntity', value: 'x' }],
  };
  const two = await scriptedServer(t, [json({}), json(invalid, 201)]);
  await assert.rejects(
    first(xFilteredStream({ token, url: two.url, rules }), 1),
    (error: unknown) => error instanceof SourceRefusedError && error.answer === 'UnprocessableEntity',
  );
});

test('abort ends it quietly: while connecting, reading, waiting', async (t) => {
  const states: Answer[] = [() => {}, open(xLine(1)), refuse(503)];
  for (const answer of states) {
    const { url } = await scriptedServer(t, [answer]);
    const posts = await first(xFilteredStream({ token, url, signal: AbortSignal.timeout(150) }), 2);
    assert.ok(posts.length <= 1);
  }
  assert.deepEqual(
    await first(xFilteredStream({ token, url: 'http://127.0.0.1:1/', signal: AbortSignal.abort() }), 1),
    [],
  );
});

test('leaving the loop ends the connection', async (t) => {
  let closed: Promise<unknown> | undefined;
  const { url } = await scriptedServer(t, [
    (response, request) => {
      closed = once(response, 'close');
      open(xLine(1))(response, request);
    },
  ]);
  await first(xFilteredStream({ token, url }), 1);
  await closed;
});

test('a slow reader holds the sender back instead of filling the memory', async (t) => {
  let sent = 0;
  let blocked = false;
  const { url } = await scriptedServer(t, [
    async (response) => {
      const block = xLine(1, 'x'.repeat(1000)).repeat(64);
      while (!response.destroyed && sent < 200e6) {
        sent += block.length;
        if (response.write(block)) continue;
        const drained = await Promise.race([once(response, 'drain'), sleep(300, 'blocked')]);
        if (drained === 'blocked') {
          blocked = true;
          return;
        }
      }
    },
  ]);
  for await (const _ of xFilteredStream({ token, url })) {
    while (!blocked && sent < 200e6) await sleep(20);
    break;
  }
  assert.ok(blocked, `the server could send ${sent} bytes to a reader that read one post`);
});

test('it gives up with the last reason when nobody answers for too long', async () => {
  const url = 'http://127.0.0.1:1/2/tweets/search/stream';
  await assert.rejects(
    first(xFilteredStream({ token, url, giveUpAfter: 100, backOff: quick }), 1),
    (error: unknown) => {
      assert.ok(error instanceof SourceConnectionError && error.attempts >= 1 && error.canRetry);
      assert.ok(error.message.includes(url) && !error.message.includes(token));
      return true;
    },
  );
});

test('options that cannot be are refused before anything is sent, the token unseen', () => {
  for (const [wrong, option] of [
    [{ token: '' }, 'token'],
    [{ token: `${token}\r\nx: y` }, 'token'],
    [{ url: 'wss://example.org' }, 'url'],
    [{ url: 'nowhere' }, 'url'],
    [{ silence: -1 }, 'silence'],
  ] as const)
    assert.throws(
      () => xFilteredStream({ ...{ token }, ...wrong }),
      (error: unknown) =>
        error instanceof InvalidOptionError && error.option === option && !error.message.includes('secret'),
    );
});

test('posts go into a topic, each with its id as key and its own time', async (t) => {
  const brokers = await testBrokers();
  const topic = await randomTopic(t);
  await createTopic(topic, { brokers });
  const stop = new AbortController();
  const { url } = await scriptedServer(t, [cut(xLine(1), xLine(2)), open(xLine(3), xLine(4))]);
  async function* four() {
    let count = 0;
    for await (const post of xFilteredStream({ token, url, signal: stop.signal })) {
      if (++count === 4) stop.abort();
      yield post;
    }
  }
  const { messages } = await writeToKafka(topic, postItems(four()), { brokers, log: false });
  assert.equal(messages, 4);
  const records = await readOutside(topic);
  assert.deepEqual(
    records.map(({ key, value, timestamp }) => [key, value, timestamp]).sort(),
    [1, 2, 3, 4].map((id) => [
      String(id),
      JSON.stringify({ text: `post ${id}`, language: 'en' }),
      Date.UTC(2024, 4, 1, 12, 0, id),
    ]),
  );
});
