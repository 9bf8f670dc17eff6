import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { download } from '../../src/install/download.ts';
import { ChecksumError, DiskFullError, DownloadError } from '../../src/install/errors.ts';
import { digestOf, fileServer, tempFolder } from './helpers.ts';

const content = randomBytes(300_000);
const sha256 = digestOf(content);
const quick = { retryDelayMs: 5 };

test('downloads a file, reports progress, and does not fetch it a second time', async (t) => {
  const server = await fileServer(t, { 'kafka.tgz': content });
  const to = path.join(await tempFolder(t), 'deep', 'kafka.tgz');
  const seen: number[] = [];
  const options = { url: `${server.url}kafka.tgz`, to, sha256 };
  assert.equal(await download({ ...options, onProgress: ({ done }) => seen.push(done) }), content.length);
  assert.deepEqual(await fs.readFile(to), content);
  assert.equal(seen.at(-1), content.length);
  assert.equal(await download(options), 0);
  assert.equal(server.requests.length, 1);
  assert.deepEqual(await fs.readdir(path.dirname(to)), ['kafka.tgz'], 'no partial file stays');
});

test('the connection breaks twice: goes on where it stopped', async (t) => {
  const server = await fileServer(t, { f: content });
  server.cuts.push(100_000, 50_000);
  const to = path.join(await tempFolder(t), 'f');
  server.keptIn = `${to}.part`;
  const fetched = await download({ url: `${server.url}f`, to, sha256, ...quick });
  assert.equal(fetched, content.length, 'no byte twice');
  assert.deepEqual(
    server.requests.map(({ range }) => range),
    [undefined, 'bytes=100000-', 'bytes=150000-'],
  );
});

test('an earlier process was killed in the middle: a later call fetches only the rest', async (t) => {
  const server = await fileServer(t, { f: content });
  const to = path.join(await tempFolder(t), 'f');
  server.keptIn = `${to}.part`;
  server.cuts.push(200_000);
  await assert.rejects(download({ url: `${server.url}f`, to, sha256, retries: 0 }), DownloadError);
  assert.equal(await download({ url: `${server.url}f`, to, sha256 }), 100_000);
});

test('the file changed on the server in between: starts over instead of joining two files', async (t) => {
  const files = { f: randomBytes(300_000) };
  const server = await fileServer(t, files);
  const to = path.join(await tempFolder(t), 'f');
  server.cuts.push(200_000);
  await assert.rejects(download({ url: `${server.url}f`, to, sha256, retries: 0 }), DownloadError);
  files.f = content;
  server.etag = '"two"';
  assert.equal(await download({ url: `${server.url}f`, to, sha256 }), content.length);
});

test('a server that gives no validator: starts over, correct though slower', async (t) => {
  const server = await fileServer(t, { f: content });
  server.etag = '';
  server.cuts.push(10_000);
  const to = path.join(await tempFolder(t), 'f');
  await download({ url: `${server.url}f`, to, sha256, ...quick });
  assert.deepEqual(await fs.readFile(to), content);
});

test('a damaged file is refused with both digests and removed', async (t) => {
  const server = await fileServer(t, { f: randomBytes(1000) });
  const folder = await tempFolder(t);
  await assert.rejects(download({ url: `${server.url}f`, to: path.join(folder, 'f'), sha256 }), (error) => {
    assert(error instanceof ChecksumError);
    assert.match(error.answered, new RegExp(`sha256 is [0-9a-f]{64}, published is ${sha256}`));
    return true;
  });
  assert.deepEqual(await fs.readdir(folder), []);
});

test('a file that is not there: one request, an error with address and answer', async (t) => {
  const server = await fileServer(t, {});
  const to = path.join(await tempFolder(t), 'f');
  await assert.rejects(download({ url: `${server.url}gone.tgz`, to, sha256, ...quick }), (error) => {
    assert(error instanceof DownloadError);
    assert.match(error.message, /download gone\.tgz[^]*gone\.tgz \(1 time\)[^]*HTTP 404 Not Found/);
    return true;
  });
  assert.equal(server.requests.length, 1);
});

test('no network: the error carries the system answer and says that running again goes on', async (t) => {
  const to = path.join(await tempFolder(t), 'f');
  const port = await closedPort();
  const url = `http://127.0.0.1:${port}/f`;
  await assert.rejects(download({ url, to, sha256, retries: 1, ...quick }), (error) => {
    assert(error instanceof DownloadError);
    assert.match(error.answered, /ECONNREFUSED/);
    assert.match(error.tried[0] ?? '', /\(2 times\)/);
    assert.match(error.toDo, /what had arrived is kept/);
    assert.equal(error.canRetry, true);
    return true;
  });
});

test('a server that falls silent is given up instead of waited for', async (t) => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
  const to = path.join(await tempFolder(t), 'f');
  await assert.rejects(download({ url, to, sha256, retries: 0, stallMs: 100 }), /nothing arrived for 0\.1 s/);
});

test('the disk is full: says so instead of blaming the network', { skip: noDevFull() }, async (t) => {
  const server = await fileServer(t, { f: content });
  const folder = await tempFolder(t);
  await fs.symlink('/dev/full', path.join(folder, 'f.part'));
  await assert.rejects(
    download({ url: `${server.url}f`, to: path.join(folder, 'f'), sha256, ...quick }),
    (error) => {
      assert(error instanceof DiskFullError);
      assert.match(error.answered, /ENOSPC/);
      assert.match(error.toDo, /Free some space/);
      return true;
    },
  );
  assert.equal(server.requests.length, 1, 'trying again would not help');
});

/** `/dev/full` is Linux's; elsewhere this fault cannot be had without a disk to fill. */
function noDevFull(): string | false {
  return process.platform === 'linux' ? false : '/dev/full exists on Linux only';
}

async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
