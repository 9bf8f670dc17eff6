/** What training from Kafka costs: `node --import tsx bench/training.ts`. */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { startBroker } from '../src/broker/index.ts';
import { list, wholeNumber } from '../src/cli/values.ts';
import { createTopic, deleteGroup, deleteTopic, writeToKafka } from '../src/kafka/index.ts';
import { compileTasks } from './training-tasks/compile.ts';
import { machine, report as print, type Row } from './report.ts';
import type { TrainingInput, TrainingReport } from './training-tasks/run-task.ts';

await using compiled = await compileTasks();

interface Flags {
  rows: number;
  features: number;
  records: number;
  epochs: number;
  tenfold?: boolean;
  only: string[];
  json?: boolean;
  profile?: string;
}

const flags = new Command('bench/training.ts')
  .description(
    "Trains the article's classifier, compiled, from a topic. Broker: $STREAMTRAIN_TEST_BROKERS, else an embedded one.",
  )
  .option('-n, --rows <count>', 'rows of the topic', wholeNumber(1), 60_000)
  .option('--features <count>', 'features of a row', wholeNumber(1), 18)
  .option('--records <count>', 'rows of a mini dataset (online)', wholeNumber(1), 1024)
  .option('--epochs <count>', 'passes (batch)', wholeNumber(1), 2)
  .option('--tenfold', 'also with ten times the rows')
  .option('--only <tasks>', 'of batch, online, seldom, topic, resume', list, [
    'batch',
    'online',
    'seldom',
    'topic',
    'resume',
  ])
  .option('--profile <folder>', 'write V8 processor profiles there')
  .option('--json', 'one line of JSON for each measurement')
  .parse()
  .opts<Flags>();

/** Rows with two overlapping classes, the same in every run. */
function* rowsOf(count: number): Generator<{ key: string; value: string }, void, undefined> {
  let state = 42;
  const draw = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  for (let i = 0; i < count; i++) {
    const label = draw() < 0.4 ? 1 : 0;
    const xs = Array.from({ length: flags.features }, (_, f) =>
      (draw() * 4 + (label * (f % 3)) / 2).toFixed(3),
    );
    yield { key: String(label), value: xs.join() };
  }
}

function start(task: string, input: TrainingInput) {
  const profile = flags.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`];
  return fork(compiled.runTask, [task, JSON.stringify(input)], { execArgv: profile });
}

async function measure(task: string, input: TrainingInput): Promise<TrainingReport> {
  const child = start(task, input);
  let report: TrainingReport | undefined;
  child.on('message', (message) => {
    if (typeof message === 'object') report = message as TrainingReport;
  });
  const [exitCode] = (await once(child, 'exit')) as [number];
  if (report === undefined || exitCode !== 0) throw new Error(`${task} ended with ${exitCode}`);
  return report;
}

/** Kills an online training in its midst. */
async function killMidway(input: TrainingInput): Promise<void> {
  const child = start('online', input);
  let told = 0;
  child.on('message', () => {
    if (++told === 5) child.kill('SIGKILL');
  });
  await once(child, 'exit');
}

const percent = (share: number | undefined) => (share === undefined ? undefined : 100 * share);

function lineOf(what: string, topicRows: number, found: TrainingReport): Row {
  const { rowsPerSecond, cpuSeconds, waitingShare, stepShare, stepCpuShare, stepThreadShare } = found;
  const { peakMiB, earlyMiB, lateMiB } = found;
  return {
    what,
    topicRows,
    rowsPerSecond: Math.round(rowsPerSecond),
    boundPercent: percent(stepShare),
    boundCpuPercent: percent(stepCpuShare),
    boundThreadPercent: percent(stepThreadShare),
    waitingPercent: 100 * waitingShare,
    cpuSeconds,
    peakMiB,
    earlyMiB,
    lateMiB,
    firstStepSeconds: found.firstStepMs / 1000,
  };
}

async function run(brokers: readonly string[], rows: number): Promise<Row[]> {
  const topic = `bench-${randomUUID()}`;
  const versions = `${topic}-versions`;
  const groups: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'streamtrain-bench-'));
  const inputOf = (name: string): TrainingInput => {
    groups.push(`bench-${name}-${randomUUID()}`);
    const { features, records: maxRecords, epochs } = flags;
    const groupId = groups.at(-1)!;
    return { brokers, topic, groupId, features, maxRecords, epochs, folder: join(folder, name) };
  };
  const lines: Row[] = [];
  const access = { brokers: [...brokers] };
  try {
    await createTopic(topic, { ...access, partitions: 1 });
    await writeToKafka(topic, rowsOf(rows), { ...access, log: false });
    if (flags.only.includes('batch'))
      lines.push(lineOf('batch, 64', rows, await measure('batch', inputOf('batch'))));
    if (flags.only.includes('online'))
      lines.push(lineOf('online, 32, 3 epochs', rows, await measure('online', inputOf('online'))));
    if (flags.only.includes('seldom')) {
      const input = { ...inputOf('seldom'), everyMs: 1_000 };
      lines.push(lineOf('the same, a checkpoint a second', rows, await measure('online', input)));
    }
    if (flags.only.includes('topic')) {
      const input = { ...inputOf('topic'), versions };
      lines.push(lineOf('the same, checkpoints in a topic', rows, await measure('online', input)));
    }
    if (flags.only.includes('resume')) {
      const input = inputOf('resume');
      await killMidway(input);
      lines.push(lineOf('online, after a kill', rows, await measure('online', input)));
    }
    return lines;
  } finally {
    await deleteTopic(topic, access);
    if (flags.only.includes('topic')) await deleteTopic(versions, access);
    for (const group of groups) await deleteGroup(group, access).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const named = process.env['STREAMTRAIN_TEST_BROKERS'];
  const embedded = named ? undefined : await startBroker({ temporary: true });
  const brokers = embedded?.brokers ?? named!.split(',');
  try {
    if (!flags.json) console.log(`${machine()}; ${flags.features} features, broker on the same machine\n`);
    const lines = await run(brokers, flags.rows);
    if (flags.tenfold) lines.push(...(await run(brokers, 10 * flags.rows)));
    print('training', lines, flags.json);
  } finally {
    await embedded?.stop();
  }
}

await main();
