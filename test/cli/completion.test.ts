/** Completion, asked for in the shells themselves: what is offered is what the commands know. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { completionScript, shells, type Shell } from '../../src/cli/completion.ts';
import { wholeProgram } from '../../src/cli/program.ts';
import { run } from '../../src/cli/run.ts';
import { TextSink } from './run-cli.ts';

let folder: string;
let program: Command;
before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-completion-'));
  const streams = { stdout: new TextSink(), stderr: new TextSink() };
  program = await wholeProgram({ signal: new AbortController().signal, streams });
  for (const shell of shells) await writeFile(scriptOf(shell), completionScript(program, shell));
  for (const name of ['rows.csv', 'notes.txt']) await writeFile(path.join(folder, name), '');
});
after(() => rm(folder, { recursive: true, force: true }));

const scriptOf = (shell: Shell): string => path.join(folder, `completion.${shell}`);

function inShell(shell: Shell, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(shell, args, {
    ...{ cwd: folder, encoding: 'utf8', timeout: 60_000 },
    env: { ...process.env, HOME: folder, TERM: 'dumb' },
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** bash hands the words of the line to the function, and takes its answer from a variable. @param first said before all */
function askBash(line: string, first = ''): string[] {
  const words = line.split(' ').map((word) => `'${word}'`);
  const asked = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _streamtrain`;
  const text = `${first} . ${scriptOf('bash')}; ${asked}; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return inShell('bash', ['--norc', '-c', text]).split('\n').filter(Boolean);
}

function askFish(line: string): string[] {
  const text = `source ${scriptOf('fish')}; complete -C '${line}'`;
  return inShell('fish', ['--no-config', '-c', text])
    .split('\n')
    .map((found) => found.split('\t')[0]!)
    .filter(Boolean);
}

/** zsh completes in its line editor only: an interactive one in a terminal of its own, whose list is read until all is in it. */
function askZsh(line: string, expected: readonly string[]): string[] {
  const script = `
    zmodload zsh/zpty; zpty own zsh -f -i
    zpty -w own "autoload -Uz compinit; compinit -D -u; source ${scriptOf('zsh')}; LISTMAX=1000; stty columns 200"
    zpty -w own "zle -C list list-choices _main_complete; bindkey '^X' list; print RE''ADY"
    zpty -r -m own more '*READY*'; text=''
    zpty -w -n own $'${line}\\x18'
    while [[ ${expected.map((word) => `$text != *${word}*`).join(' || ')} ]]; do zpty -r own more; text+=$more; done
    print -r -- $text; zpty -d own`;
  const text = stripVTControlCharacters(inShell('zsh', ['-f', '-c', script]));
  return text.slice(text.lastIndexOf(line) + line.length).split(/\s+/);
}

/** What came into bash after macOS's 3.2, of 2007. */
const AS_IN_2007 = 'enable -n mapfile readarray compopt;';

type Ask = (line: string, expected: readonly string[]) => string[];
const asks: readonly [title: string, shell: Shell, Ask][] = [
  ['bash', 'bash', (line) => askBash(line)],
  ['a bash without what 3.2 lacks', 'bash', (line) => askBash(line, AS_IN_2007)],
  ['bash in POSIX mode', 'bash', (line) => askBash(line, 'set -o posix;')],
  ['fish', 'fish', askFish],
  ['zsh', 'zsh', askZsh],
];

const installed = shells.filter((shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0);

test('at least one of the shells is here', (t) => {
  t.diagnostic(`asked in ${installed.join(', ')}`);
  assert.ok(installed.includes('bash') || installed.length > 0);
});

for (const [title, , ask] of asks.filter(([, shell]) => installed.includes(shell))) {
  describe(`in ${title}`, () => {
    for (const [line, expected, unwanted] of [
      ['streamtrain ', ['topics', 'replay', 'completion'], 'create'],
      ['streamtrain topics ', ['create', 'delete', 'describe', 'list'], 'train'],
      ['streamtrain help ', ['topics', 'replay', 'write'], 'help'],
      ['streamtrain -b topics kafka st', ['start', 'stop', 'status'], 'reset'],
      ['streamtrain write --topic t --comp', ['--compression'], '--rate'],
      ['streamtrain write --compression ', ['gzip', 'none', 'zstd'], 'rows.csv'],
      ['streamtrain write ', ['rows.csv'], 'train'],
      ['streamtrain completion ', ['bash', 'fish', 'zsh'], 'topics'],
    ] as const) {
      test(`"${line}" offers ${expected.join(', ')}`, () => {
        const offered = ask(line, expected);
        for (const word of expected) assert.ok(offered.includes(word), `${word} in ${offered.join(' ')}`);
        assert.ok(!offered.includes(unwanted), `no ${unwanted} in ${offered.join(' ')}`);
      });
    }
  });
}

if (installed.includes('bash'))
  test('where bash cannot say it for one word, all words are completed as files are', () => {
    const registered = (first: string) =>
      inShell('bash', ['--norc', '-c', `${first} . ${scriptOf('bash')}; complete -p streamtrain`]).trim();
    assert.equal(registered(AS_IN_2007), 'complete -o filenames -F _streamtrain streamtrain');
    assert.equal(registered(''), 'complete -F _streamtrain streamtrain');
  });

test('every command and every option of the tree is in every script', () => {
  const all = (command: Command): string[] => [
    ...command.options.map(({ long }) => long!.slice(2)),
    ...command.commands.flatMap((child) => [child.name(), ...all(child)]),
  ];
  for (const shell of shells) {
    const text = completionScript(program, shell);
    for (const word of new Set(all(program))) assert.ok(text.includes(word), `${word} for ${shell}`);
  }
});

test('the command prints the script; another shell is wrong usage that names those there are', async () => {
  const streams = { stdout: new TextSink(), stderr: new TextSink() };
  assert.equal(await run(['completion', 'fish'], streams), 0);
  assert.equal(streams.stdout.text, completionScript(program, 'fish'));
  assert.equal(await run(['completion', 'powershell'], streams), 2);
  assert.match(streams.stderr.text, /Allowed choices are bash, zsh, fish/);
});
