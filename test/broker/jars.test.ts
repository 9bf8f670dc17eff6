/** Where Kafka's jars come from, tried against a local mirror of Maven Central with the real jars in it, and faults. */
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaJarsError, brokerSteps, prepareBroker, requireWayToKafka } from '../../src/broker/index.ts';
import { checkRepository } from '../../src/broker/jar-check.ts';
import { KAFKA_JARS, PLUGIN_JARS } from '../../src/broker/jar-list.ts';
import { findAlteredJars, findKafkaJars } from '../../src/broker/jars.ts';
import { fetchWithMaven, findMaven } from '../../src/broker/maven.ts';
import { ChecksumError, DownloadError, MavenAddressError } from '../../src/install/errors.ts';
import { projectAt } from '../../src/install/index.ts';
import { nameOf } from '../../src/install/maven-files.ts';

const CLIENTS = 'kafka-clients-4.1.1.jar';
const COUNT = KAFKA_JARS.length;

let folder: string;
/** Where the real jars are. */
let originals: string;
let server: http.Server;
let env: NodeJS.ProcessEnv;
let cache: string;
/** What the mirror does to the jar of that name. */
let fault: { altered?: string; cut?: string };
let requests: { method: string; url: string; range: string | undefined }[];
const fetched = () => requests.filter(({ method }) => method === 'GET').length;

before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain jars '));
  const { java, jars } = await prepareBroker();
  originals = path.dirname(jars.files[0]!);
  server = http.createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bin = path.join(folder, 'bin');
  await fs.mkdir(bin);
  await fs.symlink(java.program, path.join(bin, 'java')); // but no Maven
  const { port } = server.address() as AddressInfo;
  env = { PATH: bin, STREAMTRAIN_MAVEN_URL: `http://127.0.0.1:${port}/maven2/` };
});
beforeEach(async () => {
  cache = await fs.mkdtemp(path.join(folder, 'cache '));
  fault = {};
  requests = [];
});
/** A cache that lacks one jar only. */
async function almostAll(): Promise<void> {
  const place = path.join(cache, 'kafka-4.1.1');
  await fs.mkdir(place);
  for (const name of KAFKA_JARS.map(nameOf).filter((name) => name !== CLIENTS))
    await fs.symlink(path.join(originals, name), path.join(place, name));
}
after(async () => {
  server.closeAllConnections();
  server.close();
  await fs.rm(folder, { recursive: true, force: true });
});

test('without Maven, fetches every jar of the list, once, also for two programs at once', async () => {
  const both = await Promise.all([findKafkaJars({ env, cache }), findKafkaJars({ env, cache })]);
  assert.deepEqual(both.map(({ source }) => source).sort(), ['cache', 'download']);
  const [jars] = both;
  assert.deepEqual([jars.version, jars.files.length], ['4.1.1', COUNT]);
  assert.ok(jars.files.includes(path.join(cache, 'kafka-4.1.1', CLIENTS)));
  assert.deepEqual(await fs.readdir(cache), ['kafka-4.1.1']);
  assert.equal(fetched(), COUNT);
  assert.deepEqual(await findAlteredJars(jars), []);
});

test('a wrong byte is refused with its file and both digests; without it, only what was missing is fetched', async () => {
  await almostAll();
  fault.altered = CLIENTS;
  const wanted = KAFKA_JARS.find((jar) => nameOf(jar) === CLIENTS)!;
  await assert.rejects(findKafkaJars({ env, cache, retryDelayMs: 1 }), (error) => {
    assert.ok(error instanceof ChecksumError);
    assert.equal(error.code, 'ST_INSTALL_CHECKSUM');
    assert.match(error.what, /kafka-clients-4\.1\.1\.jar/);
    assert.match(error.tried.join(), /\/maven2\/org\/apache\/kafka\/kafka-clients\//);
    assert.match(error.answered, new RegExp(`sha256 is (?!${wanted.sha256})[0-9a-f]{64}.*${wanted.sha256}`));
    return true;
  });
  for (const name of ['kafka-4.1.1', 'kafka-4.1.1.part'])
    assert.ok(!(await fs.readdir(path.join(cache, name))).includes(CLIENTS));
  assert.equal(fetched(), 1);
  fault = {};
  const jars = await findKafkaJars({ env, cache });
  assert.deepEqual([jars.source, fetched()], ['download', 2]);
  assert.deepEqual(await findAlteredJars(jars), []);
});

test('a broken connection: the download goes on where it stopped', async () => {
  await almostAll();
  fault.cut = CLIENTS;
  const jars = await findKafkaJars({ env, cache, retryDelayMs: 1 });
  assert.equal(jars.files.length, COUNT);
  const ranges = requests.filter(({ url }) => url.endsWith(CLIENTS)).map(({ range }) => range);
  assert.equal(ranges[0], undefined);
  assert.match(ranges[1] ?? '', /^bytes=[1-9]\d*-$/);
});

test('a closed network without Maven is said before anything is fetched, with the command that helps', async () => {
  const closed = { ...env, STREAMTRAIN_MAVEN_URL: 'http://127.0.0.1:9/maven2' };
  for (const look of [requireWayToKafka, findKafkaJars])
    await assert.rejects(look({ env: closed, cache, retryDelayMs: 1 }), (error) => {
      assert.ok(error instanceof KafkaJarsError);
      assert.match(error.answered, /bad port|ECONNREFUSED/);
      assert.match(error.answered, /mvn: no such program/);
      assert.match(
        error.toDo,
        /^Install Maven \("(sudo apt-get|brew) install maven"\).*STREAMTRAIN_MAVEN_URL.*KAFKA_HOME/,
      );
      return true;
    });
  await requireWayToKafka({ env, cache });
  assert.deepEqual([requests.length, fetched()], [1, 0]);
});

test('an address with a login is refused, and not shown', async () => {
  const secret = { ...env, STREAMTRAIN_MAVEN_URL: 'https://user:token-7@mirror.example/maven2' };
  for (const look of [requireWayToKafka, findKafkaJars])
    await assert.rejects(look({ env: secret, cache, retryDelayMs: 1 }), (error) => {
      assert.ok(error instanceof MavenAddressError);
      assert.equal(error.code, 'ST_INSTALL_MAVEN_ADDRESS');
      assert.match(error.message, /holds a login.*settings\.xml/s);
      assert.doesNotMatch(error.message, /token-7/);
      return true;
    });
});

test('a jar of the cache that was altered there is named, and set-up fetches it again', async () => {
  await almostAll();
  const jars = await findKafkaJars({ env, cache });
  const file = path.join(cache, 'kafka-4.1.1', CLIENTS);
  await fs.writeFile(file, altered(await fs.readFile(file)));
  assert.match(
    (await findAlteredJars(jars)).join('\n'),
    /^kafka-clients-4\.1\.1\.jar: sha256 is [0-9a-f]{64}, in our/,
  );
  const notes: string[] = [];
  const step = brokerSteps({ project: projectAt(), cache, env }).find(({ title }) => title === 'Kafka');
  const context = { note: (line: string) => notes.push(line), onProgress: () => undefined };
  assert.equal(await step?.run(context), 'done');
  assert.match(notes.join('\n'), /kafka-clients-4\.1\.1\.jar: sha256.*fetched again/);
  assert.deepEqual(await findAlteredJars(jars), []);
  assert.equal(await step?.run(context), 'already there');
  requests = [];
  await fs.truncate(file, 1000);
  assert.equal((await findKafkaJars({ env, cache })).source, 'download');
  assert.equal(fetched(), 1);
});

test("what Maven brings is refused if our list does not have it, or has it with other bytes, before Maven's plugin runs", async () => {
  const repository = path.join(cache, 'repository');
  const jar = KAFKA_JARS.find(({ bytes }) => bytes < 10_000)!;
  const file = path.join(repository, jar.path);
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.copyFile(path.join(originals, nameOf(jar)), file);
  await checkRepository(repository, KAFKA_JARS, 'use it');
  await assert.rejects(checkRepository(repository, PLUGIN_JARS, 'use it'), /our list has no such jar/);
  await fs.writeFile(file, altered(await fs.readFile(file)));
  await assert.rejects(checkRepository(repository, KAFKA_JARS, 'use it'), (error) => {
    assert.ok(error instanceof ChecksumError);
    assert.match(error.answered, new RegExp(`${nameOf(jar)}: sha256 is [0-9a-f]{64}, .*${jar.sha256}`));
    return true;
  });
});

if (process.env['STREAMTRAIN_LONG'] === '1')
  test('a real Maven whose mirror alters the plugin is stopped before the plugin runs', async (t) => {
    if (findMaven(process.env) === undefined) return t.diagnostic('not run: there is no Maven here');
    const place = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-maven-')); // MAVEN_OPTS are split at blanks
    t.after(() => fs.rm(place, { recursive: true, force: true }));
    const home = path.join(place, 'home');
    await fs.mkdir(path.join(home, '.m2'), { recursive: true });
    const { origin } = new URL(env['STREAMTRAIN_MAVEN_URL']!);
    const mirror = `<mirror><id>ours</id><mirrorOf>*</mirrorOf><url>${origin}/pass</url></mirror>`;
    await fs.writeFile(
      path.join(home, '.m2', 'settings.xml'),
      `<settings><mirrors>${mirror}</mirrors></settings>`,
    );
    const into = path.join(place, 'jars');
    await fs.mkdir(into);
    const maven = { ...process.env, MAVEN_OPTS: `-Duser.home=${home}` };
    fault.altered = 'maven-dependency-plugin-3.8.1.jar';
    await assert.rejects(fetchWithMaven({ into, env: maven }), (error) => {
      assert.ok(error instanceof ChecksumError, String(error));
      assert.match(error.answered, /^maven-dependency-plugin-3\.8\.1\.jar: sha256 is/);
      return true;
    });
    assert.ok(!requests.some(({ url }) => url.includes('kafka')), 'Kafka was asked for');
    fault = {};
    await fetchWithMaven({ into, env: maven });
    assert.equal((await fs.readdir(into)).length, COUNT);
  });

test('a repository that has no such jar, and no Maven: what was asked and what it answered', async () => {
  const elsewhere = { ...env, STREAMTRAIN_MAVEN_URL: `${env['STREAMTRAIN_MAVEN_URL']}nowhere` };
  await assert.rejects(findKafkaJars({ env: elsewhere, cache, retryDelayMs: 1 }), (error) => {
    assert.ok(error instanceof KafkaJarsError && error.cause instanceof AggregateError);
    assert.ok(error.cause.errors[0] instanceof DownloadError);
    assert.match(error.message, /\/maven2\/nowhere\/[^]*HTTP 404/);
    return true;
  });
});

test('KAFKA_HOME wins; when it holds no Kafka 4, that is an error and nothing else is tried', async () => {
  const home = path.join(folder, 'home');
  await fs.mkdir(path.join(home, 'libs'), { recursive: true });
  const withHome = { ...env, KAFKA_HOME: home };
  await assert.rejects(findKafkaJars({ env: withHome, cache }), /there is no kafka-clients/);
  for (const name of ['kafka-clients-3.9.1.jar', 'kafka_2.13-3.9.1.jar'])
    await fs.writeFile(path.join(home, 'libs', name), '');
  await assert.rejects(findKafkaJars({ env: withHome, cache }), /Kafka 3\.9\.1, older than 4\.0/);
  assert.deepEqual(requests, []);
  await fs.rm(path.join(home, 'libs', 'kafka-clients-3.9.1.jar'));
  await fs.writeFile(path.join(home, 'libs', 'kafka-clients-4.0.0.jar'), '');
  const jars = await findKafkaJars({ env: withHome, cache });
  assert.deepEqual([jars.version, jars.source], ['4.0.0', 'KAFKA_HOME']);
});

/** The same with one bit turned over in the middle. */
function altered(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = copy[middle]! ^ 1;
  return copy;
}

/** `/maven2/` serves the real jars by their places in the repository, `/pass/` what Maven Central answers. */
async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { url = '', method = '' } = request;
  const { range } = request.headers;
  requests.push({ method, url, range });
  if (url.startsWith('/pass/')) {
    const passed = await fetch(`https://repo.maven.apache.org/maven2/${url.slice('/pass/'.length)}`);
    const body = Buffer.from(await passed.arrayBuffer());
    const isAltered = fault.altered !== undefined && url.endsWith(`/${fault.altered}`);
    return void response.writeHead(passed.status).end(isAltered ? altered(body) : body);
  }
  const jar = KAFKA_JARS.find((one) => url === `/maven2/${one.path}`);
  if (!jar) return void response.writeHead(404).end();
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, { etag: '"one"', 'content-length': jar.bytes - start });
  if (method === 'HEAD') return void response.end();
  const file = path.join(originals, nameOf(jar));
  if (fault.altered === nameOf(jar))
    return void response.end(altered(await fs.readFile(file)).subarray(start));
  if (fault.cut !== nameOf(jar)) return void createReadStream(file, { start }).pipe(response);
  delete fault.cut;
  const first = (await fs.readFile(file)).subarray(0, 20_000);
  // What was sent must be kept before the cut, or there is nothing to go on from.
  const kept = path.join(cache, 'kafka-4.1.1.part', `${CLIENTS}.part`);
  const size = async () => (await fs.stat(kept).catch(() => ({ size: 0 }))).size;
  response.write(first);
  for (let left = 1000; left > 0 && (await size()) < first.length; left--) await sleep(10);
  response.destroy();
}
