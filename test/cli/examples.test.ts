/** The examples of every `--help`, run as they stand, one after the other. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Command } from 'commander';
import { Writable } from 'node:stream';
import { wholeProgram } from '../../src/cli/program.ts';
import { projectAt } from '../../src/install/index.ts';
import { createTopic, openKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { runCli } from './run-cli.ts';

const own = projectAt().folder;

/** Names in the examples that stand for something on the broker; each gets one of this run's own. */
const names = [
  'cancer.dead',
  'cancer-predictions',
  'cancer',
  'servers',
  'wine',
  'live',
  'events',
  'audit',
  'cg',
  'json',
];
const suffix = `-${randomUUID().slice(0, 8)}`;

/** Every line of an example, by the command whose help it stands in, in the order of the help. */
async function examples(): Promise<string[]> {
  const text = (command: Command): string => {
    let printed = '';
    command.configureOutput({ writeOut: (line) => (printed += line) });
    command.outputHelp();
    return printed;
  };
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  const program = await wholeProgram({
    signal: new AbortController().signal,
    streams: { stdout: sink, stderr: sink },
  });
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  return all(program).flatMap((command) =>
    [...text(command).matchAll(/^ +\$ (?:npx )?streamtrain (.+)$/gm)].map(([, line]) => line!),
  );
}

/** The words that a shell makes of a line: the quotes of the help must be right for it. */
function words(line: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
    .split('\n')
    .slice(0, -1);
}

describe('help', () => {
  let folder: string;
  let client: KafkaClient;
  const start = { folder: process.cwd(), venv: process.env['VIRTUAL_ENV'] };

  before(async () => {
    client = await openKafka({ brokers: await testBrokers() });
    folder = await mkdtemp(path.join(tmpdir(), 'streamtrain-examples-'));
    await mkdir(path.join(folder, 'data'));
    const cancer = path.join('data', 'breast-cancer-wisconsin.csv');
    await copyFile(path.join(own, cancer), path.join(folder, cancer));
    // As UCI's wine quality: semicolons, decimal commas, a label of 0 and 1.
    const wine = Array.from({ length: 40 }, (_, i) => `${7 + (i % 5)},4;"3,${i % 7}";${i % 2}`);
    await writeFile(path.join(folder, 'wine.csv'), `acidity;"pH";good\n${wine.join('\n')}\n`);
    await writeFile(path.join(folder, 'data', 'tweets.csv'), 'id,text\n1,"one, two"\n2,three\n');
    await createTopic(`cancer.dead${suffix}`, { client, partitions: 1 });
    process.env['VIRTUAL_ENV'] = path.join(folder, 'venv');
    process.chdir(folder);
  });
  after(async () => {
    process.chdir(start.folder);
    if (start.venv === undefined) delete process.env['VIRTUAL_ENV'];
    else process.env['VIRTUAL_ENV'] = start.venv;
    for (const name of names) await client.topics.delete(`${name}${suffix}`);
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('every example works, in the order in which the help has them', async () => {
    const lines = await examples();
    for (const name of [
      'write',
      'read',
      'train',
      'serve',
      'predict',
      'export',
      'lag',
      'replay',
      'dead-letters',
      'topics',
      'course',
      'kernel',
    ])
      assert.ok(
        lines.some((line) => line.startsWith(name)),
        `an example of ${name}`,
      );
    const renamed = new RegExp(`^(${names.map((name) => name.replace('.', '\\.')).join('|')})$`);
    // A notebook takes a kernel of its own, and engines would be downloaded: their commands have their own tests.
    for (const line of lines.filter((one) => !/^(course|engines) /.test(one))) {
      const args = words(line).map((word) => word.replace(renamed, `$1${suffix}`));
      const { exitCode, stdout, stderr } = await runCli(...args);
      assert.equal(exitCode, 0, `${line}\n${stdout}${stderr}`);
      if (line.startsWith('train cancer'))
        assert.match(
          stdout,
          line.includes('--json') ? /"rows":683\b.*"badRecords":16\b/ : /Trained on 699 rows/,
        );
      if (line.startsWith('predict')) assert.match(stderr, /Predicted 699 rows with checkpoint-/);
      if (line.startsWith('train wine')) assert.match(stdout, /Trained on 40 rows/);
      if (line.startsWith('read') && line.includes('--json'))
        assert.equal(stdout.trim().split('\n').length, 100);
    }
  });
});
