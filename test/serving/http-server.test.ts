/** The small HTTP server: routes, limits, and errors that a client can read. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { HttpListenError, HttpRefusedError } from '../../src/serving/errors.ts';
import { startHttpServer, type HttpRoute } from '../../src/serving/http-server.ts';

const routes: HttpRoute[] = [
  { method: 'GET', path: /^\/text$/, handle: () => ({ type: 'text/plain', body: 'as it is' }) },
  {
    method: 'POST',
    path: /^\/v1\/models\/(?<name>[^/:]+)(?:\/versions\/(?<version>[^/:]+))?:predict$/,
    handle: ({ params, query, body }) => ({
      body: { ...params, by: query.get('by'), got: body.toString() },
    }),
  },
  {
    method: 'GET',
    path: /^\/refused$/,
    handle: () => {
      throw new HttpRefusedError({ status: 404, problem: 'No model "x".' });
    },
  },
  {
    method: 'GET',
    path: /^\/broken$/,
    handle: () => Promise.reject(new Error('the disk is full')),
  },
];

async function started(t: TestContext) {
  const server = await startHttpServer({ routes, maxBodyBytes: 100 });
  t.after(() => server.close());
  return server;
}

async function asked(url: string, init: RequestInit = {}) {
  const answer = await fetch(url, init);
  const { status, headers } = answer;
  return {
    status,
    type: headers.get('content-type'),
    allow: headers.get('allow'),
    text: await answer.text(),
  };
}

test('a route answers with text as it is, with JSON, and with what its path says', async (t) => {
  const { url, host } = await started(t);
  assert.equal(host, '127.0.0.1');
  assert.deepEqual(await asked(`${url}/text`), {
    status: 200,
    type: 'text/plain',
    allow: null,
    text: 'as it is',
  });
  const init = { method: 'POST', body: '{"instances": []}' };
  const predicted = await asked(`${url}/v1/models/my%20model/versions/7:predict?by=me`, init);
  assert.deepEqual(JSON.parse(predicted.text), {
    ...{ name: 'my model', version: '7', by: 'me' },
    got: '{"instances": []}',
  });
  const head = await asked(`${url}/text`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.text], [200, '']);
});

test('every error is a status and a sentence, and the server goes on', async (t) => {
  const { url } = await started(t);
  const errors = [
    [await asked(`${url}/none`), 404, /There is no \/none here/],
    [await asked(`${url}/text`, { method: 'DELETE' }), 405, /does not answer DELETE: GET/],
    [await asked(`${url}/refused`), 404, /^No model "x"\.$/],
    [await asked(`${url}/broken`), 500, /the disk is full/],
    [await asked(`${url}/v1/models/%ff:predict`, { method: 'POST' }), 400, /no text/],
    [await asked(`${url}/v1/models/m:predict`, { method: 'POST', body: 'x'.repeat(101) }), 413, /100 bytes/],
    [
      await asked(`${url}/v1/models/m:predict`, {
        ...{ method: 'POST', body: 'x', headers: { 'content-encoding': 'gzip' } },
      }),
      ...([415, /packed \(content-encoding: gzip\)/] as const),
    ],
  ] as const;
  for (const [{ status, type, text }, expected, sentence] of errors) {
    assert.deepEqual([status, type], [expected, 'application/json'], text);
    assert.match((JSON.parse(text) as { error: string }).error, sentence);
  }
  assert.equal((await asked(`${url}/text`, { method: 'DELETE' })).allow, 'GET');
  assert.equal((await asked(`${url}/text`)).status, 200);
});

test('a body whose length is not said is read no further than allowed', { timeout: 20_000 }, async (t) => {
  const { port, url } = await started(t);
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.write('POST /v1/models/m:predict HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n');
  for (let piece = 0; piece < 3; piece++) socket.write(`32\r\n${'x'.repeat(50)}\r\n`);
  const [head] = (await once(socket, 'data')) as [Buffer];
  assert.match(head.toString(), /^HTTP\/1\.1 413 .*connection: close/is);
  assert.equal((await asked(`${url}/text`)).status, 200);
});

test('a port that is taken is said, and closing frees it', async (t) => {
  const first = await startHttpServer({ routes });
  await assert.rejects(
    startHttpServer({ routes, port: first.port }),
    (error) => error instanceof HttpListenError && error.message.includes(`127.0.0.1:${first.port}`),
  );
  // A connection that is kept open does not keep it from closing.
  const idle = connect(first.port, '127.0.0.1');
  t.after(() => idle.destroy());
  await once(idle, 'connect');
  await first.close();
  await first.close();
  await using again = await startHttpServer({ routes, port: first.port });
  assert.equal((await asked(`${again.url}/text`)).status, 200);
});

test('a name of the web that leads to this machine is not answered', async (t) => {
  const { port } = await started(t);
  const ask = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/text', headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).on('error', reject);
    });
  const hosts = [
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    `pages.example:${port}`,
    '127.0.0.1.example',
  ];
  assert.deepEqual(await Promise.all(hosts.map(ask)), [200, 200, 200, 403, 403]);
});

/** What the server at a port sends back to these bytes, until it closes the connection. */
async function sent(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

test('a request of HTTP/1.0, which need not name a host, is answered, and one with a whole address', async (t) => {
  const { port, url } = await started(t);
  const whole = `GET ${url}/text?by=me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  assert.match(await sent(port, whole), /^HTTP\/1\.1 200 .*as it is$/s);
  const empty = 'GET http://localhost HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  assert.match(await sent(port, empty), /^HTTP\/1\.1 404 .*There is no \/ here/s);
  assert.match(await sent(port, 'GET /text HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 .*as it is$/s);
});

test('while it closes, an answer says that its connection is closed behind it', async () => {
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  let answer = (): void => {};
  const slow: HttpRoute = {
    ...{ method: 'GET', path: /^\/slow$/ },
    handle: async () => {
      asked();
      await new Promise<void>((resolve) => (answer = resolve));
      return { body: 'whole' };
    },
  };
  const server = await startHttpServer({ routes: [slow] });
  const answered = sent(server.port, 'GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await isAsked;
  const closing = server.close();
  answer();
  assert.match(await answered, /^HTTP\/1\.1 200 .*connection: close.*whole$/is);
  await closing;
});
