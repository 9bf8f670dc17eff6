/** The configurations for Binder and Codespaces name only what is there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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

test('the Codespaces container is built from the Dockerfile and calls scripts that exist', () => {
  const container = JSON.parse(read('.devcontainer/devcontainer.json')) as {
    build: { dockerfile: string };
    postCreateCommand: string;
    postAttachCommand: string;
    forwardPorts: number[];
  };
  const dockerfile = path.join('.devcontainer', container.build.dockerfile);
  assert.match(read(dockerfile), /^FROM node:\d+/m);
  const commands = `${container.postCreateCommand} ${container.postAttachCommand}`;
  for (const name of scriptsIn(commands)) assert.ok(scripts[name], `npm script "${name}"`);
  assert.match(container.postAttachCommand, new RegExp(`--port ${container.forwardPorts[0]}\\b`));
});
