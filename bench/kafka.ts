/** Rows a second into and out of Kafka, beside other clients: `node --import tsx bench/kafka.ts --rows 500000`. */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../src/cli/values.ts';
import { createTopic, deleteTopic, describeTopic, openKafka } from '../src/kafka/index.ts';
import { startBroker } from '../src/broker/index.ts';
import type { TaskInput, TaskReport } from './kafka-tasks/task.ts';
import { machine, report as print, type Row } from './report.ts';

const runTask = fileURLToPath(new URL('kafka-tasks/run-task.ts', import.meta.url));

interface Flags {
  rows: number;
  partitions: number;
  columns: number[];
  only?: string;
  repeat: number;
  flat?: boolean;
  json?: boolean;
  profile?: string;
}

const flags = new Command('bench/kafka.ts')
  .description(
    'Rows a second into and out of Kafka. Broker: $STREAMTRAIN_TEST_BROKERS, else an embedded one.',
  )
  .option('-n, --rows <count>', 'rows for each measurement', wholeNumber(1), 500_000)
  .option('-p, --partitions <count>', 'partitions of the topic', wholeNumber(1), 1)
  .option('--columns <list>', 'columns of a row', (text) => text.split(',').map(Number), [9, 18])
  .option('--only <text>', 'only measurements whose name holds this text, such as streamtrain or "read"')
  .option('--repeat <times>', 'the best of so many', wholeNumber(1), 1)
  .option(
    '--flat',
    'instead: is memory flat? Compares resident memory early and late in one long write and read',
  )
  .option('--profile <folder>', 'write V8 processor profiles there')
  .option('--json', 'one line of JSON for each measurement')
  .parse()
  .opts<Flags>();

/** Every measurement; a write fills a topic of its own, reads share the one our own write filled. */
const measurements = [
  {
    name: 'write',
    by: [
      ['streamtrain', 'write'],
      ['kafkajs', 'write'],
      ['platformatic', 'write'],
    ],
  },
  {
    name: 'read',
    by: [
      ['streamtrain', 'read'],
      ['streamtrain', 'readGroup'],
      ['kafkajs', 'read'],
      ['platformatic', 'read'],
    ],
  },
  {
    name: 'read + decode',
    by: [
      ['streamtrain', 'decode'],
      ['streamtrain', 'tensors'],
      ['kafkajs', 'decode'],
      ['platformatic', 'decode'],
    ],
  },
] as const;

const labels: Readonly<Record<string, string>> = {
  'streamtrain readGroup': 'streamtrain (group)',
  'streamtrain decode': 'streamtrain (arrays)',
  'streamtrain tensors': 'streamtrain (tensors)',
  'platformatic write': '@platformatic/kafka',
  'platformatic read': '@platformatic/kafka',
  'platformatic decode': '@platformatic/kafka',
};

async function measure(library: string, task: string, input: TaskInput): Promise<TaskReport> {
  const profile =
    flags.profile === undefined
      ? []
      : [
          '--cpu-prof',
          `--cpu-prof-dir=${flags.profile}`,
          `--cpu-prof-name=${library}-${task}-${input.columns}.cpuprofile`,
        ];
  const child = fork(runTask, [library, task, JSON.stringify(input)], {
    execArgv: ['--import', 'tsx', ...profile],
  });
  let report: TaskReport | undefined;
  child.on('message', (message) => (report = message as TaskReport));
  const [exitCode] = (await once(child, 'exit')) as [number];
  if (report === undefined || exitCode !== 0) throw new Error(`${library} ${task} ended with ${exitCode}`);
  return report;
}

async function compare(brokers: string[], columns: number): Promise<void> {
  const rows: Row[] = [];
  const filled = `bench-${randomUUID()}`;
  const made: string[] = [];
  const newTopic = async (topic: string): Promise<string> => {
    await createTopic(topic, { brokers, partitions: flags.partitions });
    made.push(topic);
    return topic;
  };
  try {
    await newTopic(filled);
    // A broker makes the topic of committed offsets for its first group of all, which no later one waits for.
    await using client = await openKafka({ brokers });
    await client.groups.offsets(randomUUID());
    for (const { name, by } of measurements)
      for (const [library, task] of by) {
        const fills = library === 'streamtrain' && task === 'write';
        const label = labels[`${library} ${task}`] ?? library;
        if (flags.only !== undefined && !fills && !`${label} ${name}`.includes(flags.only)) continue;
        let best: TaskReport | undefined;
        for (let i = 0; i < flags.repeat; i++) {
          const topic =
            task !== 'write' || (fills && i === 0) ? filled : await newTopic(`bench-${randomUUID()}`);
          const report = await measure(library, task, { brokers, topic, rows: flags.rows, columns });
          if (task === 'write') {
            const { records } = await describeTopic(topic, { brokers });
            if (records !== flags.rows) throw new Error(`${label} wrote ${records} of ${flags.rows} rows`);
          } else if (report.rows < flags.rows)
            throw new Error(`${label} read ${report.rows} of ${flags.rows} rows`);
          if (best === undefined || report.seconds < best.seconds) best = report;
        }
        const { seconds, startSeconds, cpuSeconds, peakMiB } = best!;
        const rowsPerSecond = Math.round(flags.rows / seconds);
        // Behind the first row: what reading itself does, whatever connecting and joining took.
        const flow =
          startSeconds === undefined
            ? {}
            : { startSeconds, flowRowsPerSecond: Math.round(flags.rows / (seconds - startSeconds)) };
        rows.push({ what: name, columns, by: label, rowsPerSecond, ...flow, cpuSeconds, peakMiB });
      }
    print('kafka', rows, flags.json);
  } finally {
    for (const topic of made) await deleteTopic(topic, { brokers });
  }
}

/** Resident memory in the second and the last quarter of a long run: the first quarter is warming up. */
async function checkFlat(brokers: string[]): Promise<void> {
  const topic = `bench-${randomUUID()}`;
  const columns = flags.columns[0]!;
  await createTopic(topic, { brokers, partitions: flags.partitions });
  const rows: Row[] = [];
  try {
    for (const task of ['write', 'read', 'decode', 'tensors']) {
      const report = await measure('streamtrain', task, { brokers, topic, rows: flags.rows, columns });
      const quarter = Math.ceil(report.samples.length / 4);
      const early = Math.max(...report.samples.slice(quarter, 2 * quarter));
      const late = Math.max(...report.samples.slice(-quarter));
      const rowsPerSecond = Math.round(report.rows / report.seconds);
      rows.push({
        what: task,
        rows: report.rows,
        rowsPerSecond,
        earlyMiB: early,
        lateMiB: late,
        peakMiB: report.peakMiB,
      });
    }
    print('kafka-flat', rows, flags.json);
  } finally {
    await deleteTopic(topic, { brokers });
  }
}

async function main(): Promise<void> {
  const named = process.env['STREAMTRAIN_TEST_BROKERS'];
  const embedded = named ? undefined : await startBroker({ temporary: true });
  const brokers = embedded?.brokers ?? named!.split(',');
  try {
    if (!flags.json)
      console.log(
        `${machine()}; ${flags.rows} rows, ${flags.partitions} partition(s), best of ${flags.repeat}, broker on the same machine\n`,
      );
    if (flags.flat) await checkFlat([...brokers]);
    else for (const columns of flags.columns) await compare([...brokers], columns);
  } finally {
    await embedded?.stop();
  }
}

await main();
