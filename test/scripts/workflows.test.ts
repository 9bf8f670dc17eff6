/** The workflows and forms of .github: valid where their checker can be had, of full versions, calling what is there. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { projectAt } from '../../src/install/index.ts';

const { folder } = projectAt();
const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
const workflows = readdirSync(path.join(folder, '.github', 'workflows')).map((name) =>
  path.join('.github', 'workflows', name),
);
const { scripts, version } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  version: string;
};
/** Built once a machine by Go; where there is no Go, or no way to its modules, the workflows are not checked by it. */
const actionlint = [
  // Not made quick: it runs for a moment, and the compiler's work on that costs more.
  ...['run', '-gcflags=all=-N -l', '-ldflags=-s -w'],
  'github.com/rhysd/actionlint/cmd/actionlint@v1.7.7',
];

test('actionlint finds nothing, where Go can build it', (t) => {
  const go = (...args: string[]) =>
    spawnSync('go', [...actionlint, ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 300_000,
      env: { ...process.env, CGO_ENABLED: '0' },
    });
  const tried = go('-version');
  if (tried.status !== 0) return t.diagnostic('not run: Go could not build actionlint here');
  const { status, stdout, stderr } = go(...workflows);
  assert.equal(status, 0, `${stdout}${stderr}`);
});

for (const file of workflows) {
  test(`${file} names actions by their full version, and calls scripts and files that exist`, () => {
    const text = read(file);
    const actions = [...text.matchAll(/^ +- uses: (\S+)/gm)].map(([, action]) => action!);
    assert.ok(actions.length > 0);
    for (const action of actions) assert.match(action, /^[\w-]+\/[\w-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/);
    for (const [, name] of text.matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts[name!], name);
    // Compilers and checkers are called by our scripts, which name the right one of several versions.
    assert.doesNotMatch(text, /node_modules\//);
    for (const [, named] of text.matchAll(/"?(test\/[\w/.@()|*-]+\.test\.ts)"?/g)) {
      const names = named!
        .replace(/.*\//, '')
        .replaceAll('.', '\\.')
        .replaceAll('*', '.*')
        .replace('@(', '(');
      const place = path.join(folder, path.dirname(named!));
      assert.ok(existsSync(place), named);
      const found = readdirSync(place).filter((name) => new RegExp(`^${names}$`).test(name));
      const wanted = /\(([^)]+)\)/.exec(named!)?.[1]?.split('|').length ?? 1;
      assert.ok(found.length >= wanted, `${named}: ${found.join(', ')}`);
    }
  });
}

test('every job that was asked of CI is there: systems, versions of Node, packages, docs, tutorial', () => {
  const text = workflows.map(read).join('\n');
  for (const part of [
    ...['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15', 'windows-2025', 'node: [20, 22, 24, 26]'],
    ...['npm run pack', 'npm run docs', 'npm run tutorial', 'npm test'],
  ])
    assert.ok(text.includes(part), part);
});

test('the changelog has this version, and a section for what comes', () => {
  const versions = [...read('CHANGELOG.md').matchAll(/^## \[([^\]]+)\]( - \d{4}-\d\d-\d\d)?$/gm)];
  assert.deepEqual(
    versions.map(([, name]) => name),
    ['Unreleased', version, ...versions.slice(2).map(([, name]) => name)],
  );
});
