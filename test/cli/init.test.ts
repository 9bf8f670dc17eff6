/** `streamtrain init`: the program and the notebook it writes run on a real broker, type-check, and go on where they were. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { KAFKA_VERSION } from '../../src/broker/index.ts';
import { run } from '../../src/cli/run.ts';
import { readNotebook } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { runNotebook } from '../../src/jupyter/index.ts';
import { deleteTopic } from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { TextSink } from './run-cli.ts';

const own = projectAt();
const name = `my-stream-${randomUUID().slice(0, 8)}`;
let brokers: string[];
let folder: string;

async function init(given: string): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const code = await run(['init', given], { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

const node = (...args: string[]) =>
  promisify(execFile)(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, STREAMTRAIN_BROKERS: brokers.join(',') },
  });

describe('init', () => {
  // Inside the project, so that its packages are found: what `npm install` brings is the matter of another test.
  before(async () => {
    brokers = await testBrokers();
    await mkdir(own.stateFolder, { recursive: true });
    folder = path.join(await mkdtemp(path.join(own.stateFolder, 'init-')), name);
  });
  after(async () => {
    await rm(path.dirname(folder), { recursive: true, force: true });
    await deleteTopic(name, { brokers });
  });

  test('a new folder has a program that type-checks and learns, and goes on where it was when it is run again', async () => {
    const { code, out } = await init(folder);
    assert.equal(code, 0);
    assert.match(out, /npm install\n {2}npm start\n$/);
    const files = (await readdir(folder)).sort();
    assert.deepEqual(files, [
      ...['.gitignore', 'README.md', 'docker-compose.yml', 'package.json', 'train.ipynb', 'train.ts'],
      'tsconfig.json',
    ]);
    await node(path.join(own.nodeModules, 'typescript', 'bin', 'tsc'), '-p', '.');
    const first = await node('--import', 'tsx', 'train.ts');
    const [, learnt, accuracy] = /Learnt (\d+) rows, 2000 in all; accuracy (0\.\d+)/.exec(first.stdout) ?? [];
    assert.equal(learnt, '2000', first.stdout);
    // One label in ten is turned round, so that nobody can be right more often than nine times of ten.
    assert.ok(Number(accuracy) > 0.8 && Number(accuracy) < 0.95, first.stdout);
    const second = await node('--import', 'tsx', 'train.ts');
    assert.match(second.stdout, /Learnt 2000 rows, 4000 in all/);
  });

  test('the notebook has the same lines, and goes on where the program was', async () => {
    const { code, stderr, notebook } = await runNotebook(path.join(folder, 'train.ipynb'), { brokers });
    assert.equal(code, 0, stderr);
    assert.match(JSON.stringify(notebook.cells), /Learnt 2000 rows, 6000 in all/);
    const program = await readFile(path.join(folder, 'train.ts'), 'utf8');
    const cells = readNotebook(path.join(folder, 'train.ipynb')).cells.filter(
      ({ cell_type: kind }) => kind === 'code',
    );
    for (const { source } of cells) assert.ok(program.includes([source].flat().join('')));
  });

  test('what it names is what this project uses: versions of tools, of itself, and of Kafka', async () => {
    const json = async (file: string) =>
      JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, string>> & {
        version: string;
      };
    const [made, ours] = [
      await json(path.join(folder, 'package.json')),
      await json(path.join(own.folder, 'package.json')),
    ];
    const versions = { ...ours['dependencies'], ...ours['devDependencies'] };
    for (const [tool, version] of Object.entries(made['devDependencies']!))
      assert.equal(version, versions[tool], tool);
    assert.equal(made['dependencies']!['streamtrain'], `^${ours.version}`);
    const compose = await readFile(path.join(folder, 'docker-compose.yml'), 'utf8');
    assert.ok(compose.includes(`image: apache/kafka:${KAFKA_VERSION}\n`));
  });

  test('a folder that is not empty, a file, and a name that cannot be a topic are refused, and nothing is written', async () => {
    const again = await init(folder);
    assert.equal(again.code, 2);
    assert.match(again.err, /is not empty \(/);
    const file = path.join(path.dirname(folder), 'file');
    await writeFile(file, '');
    assert.match((await init(file)).err, /is a file/);
    const named = await init(path.join(path.dirname(folder), 'My Stream'));
    assert.match(named.err, /"My Stream"; it must be of a-z/);
    assert.deepEqual((await readdir(path.dirname(folder))).sort(), ['file', name].sort());
  });
});
