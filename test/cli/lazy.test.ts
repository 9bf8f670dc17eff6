/** The help of the whole loads no room; with `--json` a wrong call is answered with JSON alone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { run } from '../../src/cli/run.ts';
import { TextSink } from './run-cli.ts';

const cli = fileURLToPath(new URL('../../src/cli', import.meta.url));

/** What a file imports when it is loaded, followed through our own files: the packages, Node's own modules left out. */
function packagesOf(file: string, seen = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (seen.has(file)) return packages;
  seen.add(file);
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  for (const statement of source.statements) {
    const isTypes =
      (ts.isImportDeclaration(statement) && statement.importClause?.isTypeOnly === true) ||
      (ts.isExportDeclaration(statement) && statement.isTypeOnly);
    if (isTypes || !(ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))) continue;
    const from = statement.moduleSpecifier;
    if (from === undefined || !ts.isStringLiteral(from) || from.text.startsWith('node:')) continue;
    if (from.text.startsWith('.')) packagesOf(path.resolve(path.dirname(file), from.text), seen, packages);
    else packages.add(from.text);
  }
  return packages;
}

test('what runs before a command is known loads commander and nothing else, so that help is there at once', () => {
  assert.deepEqual([...packagesOf(path.join(cli, 'main.ts'))], ['commander']);
  const all = packagesOf(path.join(cli, 'commands', 'train.ts'));
  assert.ok(all.has('kafkajs') || all.has('zod'), 'a command loads what it needs');
});

async function streamtrain(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const code = await run(argv, { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

test('help COMMAND shows what COMMAND --help shows, of a subcommand, too; an unknown one is wrong usage', async () => {
  for (const names of [['read'], ['topics', 'create'], ['kafka']]) {
    const asked = await streamtrain('help', ...names);
    assert.deepEqual(asked, await streamtrain(...names, '--help'));
    assert.match(asked.out, new RegExp(`^Usage: streamtrain ${names.join(' ')} `));
  }
  const unknown = await streamtrain('help', 'topics', 'invent');
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /unknown command 'invent'/);
});

test('with --json a wrong call is one line of JSON, without help before it', async () => {
  for (const [argv, message] of [
    [['kafka', 'start', '--prot', '1'], /unknown option '--prot'/],
    [['kafka', 'begin'], /unknown command 'begin'/],
    [['kafka'], /a command is missing/],
    [[], /a command is missing/],
    [['read'], /missing required argument 'topic'/],
  ] as const) {
    const { code, out, err } = await streamtrain(...argv, '--json');
    assert.deepEqual([code, out, err.trim().split('\n').length], [2, '', 1], err);
    const { error } = JSON.parse(err) as { error: { code: string; message: string } };
    assert.equal(error.code, 'ST_CLI_USAGE');
    assert.match(error.message, message);
  }
});

test('an error is red on a terminal that shows colours, and plain with NO_COLOR and in a pipe', () => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const command = `${process.execPath} --import tsx ${main} invent`;
  const { NO_COLOR: _no, FORCE_COLOR: _force, CI: _ci, ...env } = process.env;
  const said = (more: NodeJS.ProcessEnv, shell: string[]) =>
    spawnSync(shell[0]!, shell.slice(1), {
      env: { ...env, TERM: 'xterm-256color', ...more },
      encoding: 'utf8',
    });
  const python = "import pty, sys; pty.spawn(sys.argv[1].split(' '))";
  const onTerminal = ['python3', '-c', python, command];
  const [red, plain] = ['\u001b[31m', '\u001b[39m'];
  assert.ok(said({}, onTerminal).stdout.includes(`${red}error ST_CLI_USAGE:${plain}`));
  assert.match(said({ NO_COLOR: '1' }, onTerminal).stdout, /^error ST_CLI_USAGE:/m);
  assert.match(said({}, command.split(' ')).stderr, /^error ST_CLI_USAGE:/);
});
