/** The configurations for Binder and Codespaces name only what is there. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectAt } from '../../src/install/index.ts';

const { folder } = projectAt();
const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
const { scripts, engines } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  engines: { node: string };
};

/** The npm scripts that a text calls. */
function scriptsIn(text: string): string[] {
  const run = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name!);
  return [...run, ...(/npm start/.test(text) ? ['start'] : [])];
}

for (const file of ['.binder/postBuild', '.binder/start']) {
  test(`${file} can be executed, is valid bash, and calls scripts that exist`, () => {
    assert.ok(statSync(path.join(folder, file)).mode & 0o100, 'the executable bit');
    execFileSync('bash', ['-n', path.join(folder, file)]);
    const called = scriptsIn(read(file));
    assert.ok(called.length > 0);
    for (const name of called) assert.ok(scripts[name], `npm script "${name}"`);
  });
}

test('Binder gets a Node.js that the project supports', () => {
  const [, major] = /nodejs=(\d+)/.exec(read('.binder/environment.yml'))!;
  const [, least] = />=(\d+)/.exec(engines.node)!;
  assert.ok(Number(major) >= Number(least));
});

/** A devcontainer.json may have whole lines of comment. */
const container = JSON.parse(read('.devcontainer/devcontainer.json').replace(/^\s*\/\/.*$/gm, '')) as {
  build: { dockerfile: string };
  remoteUser: string;
  postCreateCommand: string;
  postAttachCommand: string;
  forwardPorts: number[];
  portsAttributes: Record<string, { onAutoForward: string; visibility?: string }>;
};

test('the Codespaces container is built from the Dockerfile, as its user, and calls scripts that exist', () => {
  const dockerfile = read(path.join('.devcontainer', container.build.dockerfile));
  assert.match(dockerfile, /^FROM node:\d+\.\d+\.\d+-/m);
  assert.match(dockerfile, new RegExp(`^USER ${container.remoteUser}$`, 'm'));
  const commands = `${container.postCreateCommand} ${container.postAttachCommand}`;
  for (const name of scriptsIn(commands)) assert.ok(scripts[name], `npm script "${name}"`);
  assert.match(container.postAttachCommand, new RegExp(`--port ${container.forwardPorts[0]}\\b`));
});

test('no page is opened that would come without the token, and no port is made public', () => {
  for (const port of container.forwardPorts) {
    const { onAutoForward, visibility = 'private' } = container.portsAttributes[port]!;
    assert.deepEqual([onAutoForward, visibility], ['silent', 'private']);
  }
});

test('images are named by their full version; services have an init, and no health check starts a Java', () => {
  const compose = read('docker-compose.yml');
  const [, kafka = '', jupyter = ''] = compose.split(/^ {2}(?:kafka|jupyter):$/m);
  assert.match(kafka, /^ {4}image: apache\/kafka:\d+\.\d+\.\d+$/m);
  for (const service of [kafka, jupyter]) {
    assert.match(service, /^ {4}init: true$/m);
    const ports = [...service.matchAll(/^ {6}- '([^']*:\d+:\d+)'$/gm)].map(([, port]) => port!);
    assert.ok(ports.length > 0 && ports.every((port) => port.startsWith('127.0.0.1:')), ports.join());
  }
  const [, check = ''] = /^ {6}test: (.*)$/m.exec(kafka) ?? [];
  assert.match(check, /^\['CMD', 'bash', /);
  assert.doesNotMatch(check, /\.sh|java/);
  const asked = [...read('Dockerfile').matchAll(/^ARG (\w+)=1000$/gm)].map(([, name]) => name!);
  assert.deepEqual(asked, ['UID', 'GID']);
  for (const name of asked) assert.ok(jupyter.includes(`${name}: \${STREAMTRAIN_${name}:-1000}`), name);
});

/** Compose by its makers, built by Go in minutes the first time. */
const compose = ['run', 'github.com/docker/compose/v2/cmd@v2.29.7', 'compose'];

if (process.env['STREAMTRAIN_LONG'] === '1')
  test('compose itself takes the file, where Go can build it', (t) => {
    const run = (...args: string[]) =>
      spawnSync('go', [...compose, ...args], { cwd: folder, encoding: 'utf8', timeout: 900_000 });
    if (run('version').status !== 0) return t.diagnostic('not run: Go could not build compose here');
    const { status, stdout, stderr } = run('config', '--quiet');
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
