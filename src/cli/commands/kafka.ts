/** `streamtrain kafka`, also `npm run kafka`: starts, stops, shows and empties the project's own Kafka. */
import path from 'node:path';
import type { Command } from 'commander';
import {
  BrokerRunningError,
  brokerStatus,
  dataFolderAt,
  defaultDataFolder,
  findRunning,
  removeData,
  startBroker,
  stopRunning,
  topicsOnDisk,
} from '../../broker/index.ts';
import type { DataFolder, RunningBroker } from '../../broker/index.ts';
import { unlessAborted } from '../../process/index.ts';
import { readableBytes } from '../../terminal.ts';
import type { Bind, CliContext } from '../context.ts';
import { wholeNumber } from '../values.ts';

interface KafkaFlags {
  data?: string;
  port?: number;
  yes?: boolean;
}

/** What a subcommand found or did: for people and for programs. */
interface Result {
  text: string;
  json: Record<string, unknown>;
  exitCode?: number;
}

/** What each subcommand does; `log` says what goes on, silent with `--json`. */
type Work = (data: DataFolder, flags: KafkaFlags, log: (line: string) => void) => Promise<Result>;

/** Adds its flags, its help and what it does to the command. */
export function kafkaCommand(kafka: Command, bind: Bind): void {
  const add = (name: string, description: string, work: Work): Command =>
    kafka
      .command(name)
      .description(description)
      .option(
        '--data <folder>',
        'its data (default: $STREAMTRAIN_DATA, else .streamtrain/kafka in the project)',
      )
      .showHelpAfterError()
      .action(bind<KafkaFlags>((context, _args, flags) => run(context, flags, work)));
  add('start', 'Start Kafka; it goes on after the terminal is closed.', start).option(
    '--port <number>',
    'listen there (default: the port used last time, else a free one)',
    wholeNumber(1, 65_535),
  );
  add('stop', 'Stop it; the data stays.', stop);
  add('status', 'Whether it runs, where, and what it holds.', status);
  add('reset', 'Stop it and delete its data.', reset).option('--yes', 'delete although there are topics');
  kafka
    .showHelpAfterError()
    .addHelpText(
      'after',
      '\nExit codes: 0 done (status: it runs), 1 failed (status: it is there, but does not answer), 2 wrong usage,\n' +
        '3 status: it does not run.\n',
    );
}

async function run(
  { output, signal, refuseConnection }: CliContext,
  flags: KafkaFlags,
  work: Work,
): Promise<number | undefined> {
  refuseConnection("this command is for the project's own Kafka, not for others.");
  const log = (line: string): void => void (output.json || output.line(`  ${line}`));
  const data = dataFolderAt(defaultDataFolder(flags.data));
  const { text, json, exitCode } = await unlessAborted(work(data, flags, log), signal);
  output.result(json, text);
  return exitCode;
}

async function start(data: DataFolder, { port }: KafkaFlags, log: (line: string) => void): Promise<Result> {
  const running = await findRunning(data);
  if (running) return alreadyRunning(data, running, port);
  try {
    const { folder: dataFolder } = data;
    const wish = port === undefined ? {} : { port };
    const daemon = await startBroker({ dataFolder, daemon: true, log, ...wish });
    const { brokers, pid, startedInMs, kafkaVersion: kafka } = daemon;
    const address = brokers.join(',');
    return {
      text:
        `Kafka ${kafka} is running at ${address} (process ${pid}, ready in ${(startedInMs / 1000).toFixed(1)} s)\n` +
        `  data  ${dataFolder}\n  use   export STREAMTRAIN_BROKERS=${address}\n  stop  ${spelt('stop')}`,
      json: { running: true, started: true, brokers, pid, kafka, startedInMs, dataFolder },
    };
  } catch (error) {
    const nowRunning = error instanceof BrokerRunningError ? await findRunning(data) : undefined;
    if (nowRunning) return alreadyRunning(data, nowRunning, port);
    throw error;
  }
}

function alreadyRunning(
  { folder: dataFolder }: DataFolder,
  { brokers, pid, port: used }: RunningBroker,
  port: number | undefined,
): Result {
  const isOther = port !== undefined && port !== used;
  const hint = isOther ? `\n  for port ${port}, stop it first: ${spelt('stop')}` : '';
  return {
    text: `Kafka is already running at ${brokers.join(',')} (process ${pid})\n  data  ${dataFolder}${hint}`,
    json: { running: true, started: false, brokers, pid, dataFolder },
    ...(isOther ? { exitCode: 1 } : {}),
  };
}

async function stop(data: DataFolder): Promise<Result> {
  const stopped = await stopRunning(data);
  return {
    text: stopped
      ? `Kafka is stopped (it was process ${stopped.pid}); its data stays in ${data.folder}`
      : `Kafka was not running on ${data.folder}`,
    json: { running: false, stopped: stopped !== undefined, dataFolder: data.folder },
  };
}

async function status(data: DataFolder): Promise<Result> {
  const { folder: dataFolder } = data;
  const found = await brokerStatus(data);
  const { topics, dataBytes } = found;
  const where = `  data    ${path.relative(process.cwd(), dataFolder) || '.'}, ${readableBytes(dataBytes)}`;
  if (found.state === 'silent')
    return {
      text: `Kafka is there (process ${found.pid}), but does not answer\n  end it  ${spelt('stop')}\n${where}`,
      json: { running: false, answers: false, pid: found.pid, dataBytes, dataFolder },
      exitCode: 1,
    };
  if (found.state === 'stopped')
    return {
      text: `Kafka is not running\n  topics  ${topics} on disk\n${where}`,
      json: { running: false, topics, dataBytes, dataFolder },
      exitCode: 3,
    };
  const { brokers, pid, startedAt, kafka, java, daemon } = found.broker;
  const uptimeSeconds = Math.round((Date.now() - Date.parse(startedAt)) / 1000);
  const facts = { brokers, pid, daemon, kafka, java, startedAt, uptimeSeconds };
  return {
    text:
      `Kafka ${kafka} is running at ${brokers.join(',')}\n  process ${pid}, ${daemon ? 'in the background' : 'ends with the program that started it'}` +
      `\n  java    ${java}\n  uptime  ${readableDuration(uptimeSeconds)}\n  topics  ${topics}\n${where}`,
    json: { running: true, ...facts, topics, dataBytes, dataFolder },
  };
}

async function reset(data: DataFolder, { yes = false }: KafkaFlags): Promise<Result> {
  const topics = await topicsOnDisk(data);
  if (topics.length > 0 && !yes) {
    const some = topics.slice(0, 5).join(', ') + (topics.length > 5 ? ', ...' : '');
    return {
      text: `There are ${topics.length} topics in ${data.folder} (${some}).\nTo delete them: ${spelt('reset --yes')}`,
      json: { reset: false, topics: topics.length, toDo: 'reset --yes', dataFolder: data.folder },
      exitCode: 1,
    };
  }
  const stopped = await stopRunning(data);
  await removeData(data);
  return {
    text: `${stopped ? 'Kafka is stopped and its' : "Kafka's"} data in ${data.folder} is deleted`,
    json: { reset: true, stopped: stopped !== undefined, topics: topics.length, dataFolder: data.folder },
  };
}

/** A subcommand as the user would type it, called as this one was. */
function spelt(subcommand: string): string {
  const script = process.env['npm_lifecycle_event'];
  if (script === 'kafka') return `npm run kafka -- ${subcommand}`;
  return `${script === 'npx' ? 'npx ' : ''}streamtrain kafka ${subcommand}`;
}

function readableDuration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0
    ? `${hours} h ${minutes} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`;
}
