/** Where Kafka's jars come from, tried against a local stand-in for the Apache archive. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { KafkaJarsError } from '../../src/broker/index.ts';
import { findKafkaJars } from '../../src/broker/jars.ts';
import { findOnPath } from '../../src/broker/java.ts';

const JARS = ['kafka-clients-4.1.1.jar', 'kafka_2.13-4.1.1.jar', 'scala-library-2.13.16.jar'];

let folder: string;
let archive: Buffer;
let server: http.Server;
let env: NodeJS.ProcessEnv;
let cache: string;
/** What the stand-in does to its next answers. */
let fault: { cutAfter?: number; sha512?: string; status?: number };
let requests: { url: string; range: string | undefined }[];

before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain jars '));
  archive = await makeArchive();
  server = http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bin = path.join(folder, 'bin');
  await fs.mkdir(bin);
  // tar and gzip, but no Maven
  for (const name of ['tar', 'gzip'])
    await fs.symlink(findOnPath(name, process.env) ?? '', path.join(bin, name));
  const { port } = server.address() as AddressInfo;
  env = { PATH: bin, STREAMTRAIN_APACHE_URL: `http://127.0.0.1:${port}/dist/` };
});
beforeEach(async () => {
  cache = await fs.mkdtemp(path.join(folder, 'cache '));
  fault = {};
  requests = [];
});
after(async () => {
  server.close();
  await fs.rm(folder, { recursive: true, force: true });
});

test('without Maven, fetches the Apache archive, checks it, keeps the jars only, and never asks again', async () => {
  const said: string[] = [];
  const jars = await findKafkaJars({ env, cache, log: (line) => said.push(line) });
  assert.deepEqual([jars.version, jars.source], ['4.1.1', 'Apache archive']);
  assert.deepEqual(
    jars.files,
    JARS.map((name) => path.join(cache, 'kafka-4.1.1', name)),
  );
  assert.match(said.join('\n'), /Maven did not work: mvn: no such program/);
  assert.deepEqual((await fs.readdir(cache)).sort(), ['kafka-4.1.1']);
  requests = [];
  assert.equal((await findKafkaJars({ env, cache })).source, 'cache');
  assert.deepEqual(requests, []);
});

test('a broken connection: the download goes on where it stopped', async () => {
  fault.cutAfter = 20_000;
  const jars = await findKafkaJars({ env, cache, retryDelayMs: 1 });
  assert.equal(jars.files.length, JARS.length);
  const ranges = requests.filter(({ url }) => url.endsWith('.tgz')).map(({ range }) => range);
  assert.equal(ranges[0], undefined);
  assert.match(ranges[1] ?? '', /^bytes=[1-9]\d*-$/);
});

test('a damaged archive is refused, named with its address, and leaves no jars behind', async () => {
  fault.sha512 = createHash('sha512').update('something else').digest('hex');
  await assert.rejects(findKafkaJars({ env, cache, retryDelayMs: 1 }), (error) => {
    assert.ok(error instanceof KafkaJarsError);
    assert.match(error.answered, /mvn: no such program[^]*sha512 is [0-9a-f]{128}, published is/);
    assert.ok(error.tried.some((place) => place.endsWith('/dist/kafka/4.1.1/kafka_2.13-4.1.1.tgz')));
    assert.match(error.toDo, /KAFKA_HOME/);
    return true;
  });
  assert.deepEqual(await fs.readdir(cache), []);
  fault = {};
  assert.equal((await findKafkaJars({ env, cache })).source, 'Apache archive');
});

test('no such address, or no server: what was asked and what it answered', async () => {
  fault.status = 404;
  await assert.rejects(findKafkaJars({ env, cache, retryDelayMs: 1 }), /\.tgz\.sha512[^]*HTTP 404/);
  const dead = { ...env, STREAMTRAIN_APACHE_URL: 'http://127.0.0.1:9' };
  await assert.rejects(findKafkaJars({ env: dead, cache, retryDelayMs: 1 }), KafkaJarsError);
});

test('two programs at once download it once', async () => {
  const both = await Promise.all([findKafkaJars({ env, cache }), findKafkaJars({ env, cache })]);
  assert.deepEqual(both.map(({ source }) => source).sort(), ['Apache archive', 'cache']);
  assert.equal(requests.filter(({ url }) => url.endsWith('.tgz')).length, 1);
});

test('KAFKA_HOME wins; when it holds no Kafka 4, that is an error and nothing else is tried', async () => {
  const home = path.join(folder, 'home');
  await fs.mkdir(path.join(home, 'libs'), { recursive: true });
  await assert.rejects(
    findKafkaJars({ env: { ...env, KAFKA_HOME: home }, cache }),
    /there is no kafka-clients/,
  );
  for (const name of ['kafka-clients-3.9.1.jar', 'kafka_2.13-3.9.1.jar']) {
    await fs.writeFile(path.join(home, 'libs', name), '');
  }
  await assert.rejects(
    findKafkaJars({ env: { ...env, KAFKA_HOME: home }, cache }),
    /Kafka 3\.9\.1, older than 4\.0/,
  );
  assert.deepEqual(requests, []);
  await fs.rm(path.join(home, 'libs', 'kafka-clients-3.9.1.jar'));
  await fs.writeFile(path.join(home, 'libs', 'kafka-clients-4.0.0.jar'), '');
  const jars = await findKafkaJars({ env: { ...env, KAFKA_HOME: home }, cache });
  assert.deepEqual([jars.version, jars.source], ['4.0.0', 'KAFKA_HOME']);
});

async function makeArchive(): Promise<Buffer> {
  const root = path.join(folder, 'kafka_2.13-4.1.1');
  await fs.mkdir(path.join(root, 'libs'), { recursive: true });
  await fs.mkdir(path.join(root, 'bin'));
  await fs.writeFile(path.join(root, 'bin', 'kafka-server-start.sh'), '');
  for (const name of JARS) await fs.writeFile(path.join(root, 'libs', name), randomBytes(30_000));
  const file = path.join(folder, 'archive.tgz');
  await promisify(execFile)('tar', ['-czf', file, '-C', folder, 'kafka_2.13-4.1.1']);
  return fs.readFile(file);
}

/** The official archive's layout, with its checksum in the form it is published there: groups of four over lines. */
function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const url = request.url ?? '';
  const { range } = request.headers;
  requests.push({ url, range });
  if (fault.status !== undefined) return void response.writeHead(fault.status).end();
  if (url === '/dist/kafka/4.1.1/kafka_2.13-4.1.1.tgz.sha512') {
    const digest = (fault.sha512 ?? createHash('sha512').update(archive).digest('hex')).toUpperCase();
    const groups = digest.match(/.{4}/g) ?? [];
    const lines = Array.from({ length: 4 }, (_, line) => groups.slice(line * 8, line * 8 + 8).join(' '));
    return void response.end(`kafka_2.13-4.1.1.tgz: ${lines.join('\n                      ')}\n`);
  }
  if (url !== '/dist/kafka/4.1.1/kafka_2.13-4.1.1.tgz') return void response.writeHead(404).end();
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const body = archive.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, { etag: '"one"', 'content-length': body.length });
  const { cutAfter } = fault;
  if (cutAfter === undefined) return void response.end(body);
  delete fault.cutAfter;
  response.write(body.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 50));
}
