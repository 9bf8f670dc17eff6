/** What the guides in docs/ say: programs marked `ts run` run on a real broker, the FAQ is that of the declared errors. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { projectAt } from '../../src/install/index.ts';
import { deleteTopic } from '../../src/kafka/index.ts';
import { runCli } from '../cli/run-cli.ts';
import { testBrokers } from '../helpers/broker.ts';

const own = projectAt();
const guide = (name: string) => readFile(path.join(own.folder, 'docs', `${name}.md`), 'utf8');

test('your own CSV file: the command and the program of the guide, as they stand, end in a model', async (t) => {
  const brokers = await testBrokers();
  const text = await guide('your-own-csv');
  const [, command = ''] = /^npx streamtrain (write .+)$/m.exec(text) ?? [];
  const [, program = ''] = /^```ts run\n([^]*?)^```$/m.exec(text) ?? [];
  assert.ok(program.split('\n').length <= 25, 'it is short');
  const topic = `patients-${randomUUID().slice(0, 8)}`;
  await mkdir(own.stateFolder, { recursive: true });
  const folder = await mkdtemp(path.join(own.stateFolder, 'guide-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'patients.csv');
  await copyFile(path.join(own.folder, 'data', 'breast-cancer-wisconsin.csv'), file);
  const args = command.split(' ').map((word) => ({ 'patients.csv': file, patients: topic })[word] ?? word);
  assert.equal((await runCli(...args)).exitCode, 0);
  await writeFile(path.join(folder, 'train.mts'), program.replaceAll("'patients", `'${topic}`));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'train.mts'], {
    cwd: folder,
    env: { ...process.env, STREAMTRAIN_BROKERS: brokers.join(',') },
  });
  const [, accuracy] = /699 rows, accuracy (0\.\d+)/.exec(stdout) ?? [];
  // Always the more frequent class would be right for 65.5 % of the rows.
  assert.ok(Number(accuracy) > 0.9, stdout);
  await deleteTopic(topic, { brokers });
});

test('the FAQ is what the declarations of errors say', async () => {
  const module = (name: string) => import(new URL(`../../scripts/${name}`, import.meta.url).href);
  const { readErrors } = (await module('declared-errors.mjs')) as {
    readErrors: () => { errors: readonly unknown[] };
  };
  const { faqPage } = (await module('make-error-pages.mjs')) as {
    faqPage: (errors: readonly unknown[]) => Promise<string>;
  };
  assert.equal(await guide('faq'), await faqPage(readErrors().errors), 'npm run docs:errors writes it');
});

test('the names in the table of tensorflow-io are those that streamtrain exports', async () => {
  const text = await guide('from-tfio');
  const rooms = await Promise.all(
    ['kafka', 'data', 'model', 'training'].map((room) =>
      readFile(path.join(own.folder, 'src', room, 'index.ts'), 'utf8'),
    ),
  );
  const sources = await Promise.all(
    ['src/data/csv.ts', 'src/data/split.ts'].map((file) => readFile(path.join(own.folder, file), 'utf8')),
  );
  for (const name of [
    ...['fromKafka', 'fromKafkaGroup', 'fromKafkaBatches', 'csvCodec', 'jsonCodec', 'trainOnBatches'],
    ...['compileTrainStep', 'trainOnline', 'writeToKafka', 'KafkaWriter', 'trainTestSplit', 'readCsv'],
  ]) {
    assert.ok(text.includes(name), name);
    assert.match([...rooms, ...sources].join('\n'), new RegExp(`\\b${name}\\b`));
  }
});
