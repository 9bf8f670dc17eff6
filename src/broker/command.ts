/** The command behind `npm run kafka`: starts, stops, shows and empties a project's own Kafka. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { StreamTrainError, messageOf } from '../errors.ts';
import { folderSize } from '../install/files.ts';
import { readableBytes } from '../install/progress.ts';
import { dataFolderAt, defaultDataFolder } from './data-folder.ts';
import type { DataFolder, RunningBroker } from './data-folder.ts';
import { BrokerRunningError } from './errors.ts';
import { requestMetadata } from './metadata-request.ts';
import { LOOPBACK } from './ports.ts';
import { removeData, topicsOnDisk } from './reset.ts';
import { findProcess, findRunning } from './running.ts';
import { startBroker } from './start.ts';
import { stopRunning } from './stop.ts';

const HELP = `Usage: npm run kafka -- <start|stop|status|reset> [options]

  start    start Kafka in the background; it goes on after the terminal is closed
  stop     stop it; the data stays
  status   show whether it runs, where, and what it holds
  reset    stop it and delete its data

Options:
  --data DIR   its data folder; default $STREAMTRAIN_DATA, else .streamtrain/kafka in the project
  --port N     start: listen on this port; default the one used last time, else a free one
  --yes        reset: delete although there are topics
  --json       print the result as JSON
  --help       this text

Exit codes: 0 done (status: it runs), 1 failed (status: it is there, but does not answer), 2 wrong usage,
3 status: it does not run.
`;

/** Where the command prints to, and its environment. */
export interface CommandContext {
  out?: (text: string) => void;
  err?: (text: string) => void;
  env?: NodeJS.ProcessEnv;
}

interface Request {
  data: DataFolder;
  port?: number;
  yes: boolean;
  env: NodeJS.ProcessEnv;
  /** Tells what goes on; silent with `--json`. */
  log: (line: string) => void;
}

/** What a subcommand found or did: for people and for programs. */
interface Result {
  text: string;
  json: Record<string, unknown>;
  exitCode?: number;
}

const SUBCOMMANDS: Record<string, (request: Request) => Promise<Result>> = { start, stop, status, reset };

/**
 * Runs `npm run kafka -- ...`.
 *
 * @param args the words after `--`
 * @returns the exit code: 0 done, 1 failed (also `status` of one that does not answer), 2 wrong usage, 3 `status`
 *   of a broker that does not run
 * @example
 * ```ts
 * process.exitCode = await kafkaCommand(['status', '--json']);
 * ```
 */
export async function kafkaCommand(args: readonly string[], context: CommandContext = {}): Promise<number> {
  const { out = (text) => void process.stdout.write(text), err = (text) => void process.stderr.write(text) } =
    context;
  const env = context.env ?? process.env;
  let parsed;
  try {
    parsed = parse(args);
  } catch (error) {
    // Node's own advice about positional arguments is of no use here.
    err(
      `✗ ${messageOf(error)
        .split(/\. To specify/)[0]!
        .replace(/\.?$/, '.')}\n\n${HELP}`,
    );
    return 2;
  }
  const { values, name, run } = parsed;
  if (values.help) {
    out(HELP);
    return 0;
  }
  try {
    const result = await run({
      data: dataFolderAt(defaultDataFolder(values.data, env)),
      ...(values.port === undefined ? {} : { port: Number(values.port) }),
      yes: values.yes ?? false,
      env,
      log: (line) => (values.json ? undefined : out(`  ${line}\n`)),
    });
    out(values.json ? `${JSON.stringify(result.json, null, 2)}\n` : `${result.text}\n`);
    return result.exitCode ?? 0;
  } catch (error) {
    if (!values.json) err(`✗ kafka ${name}: ${messageOf(error)}\n`);
    else out(`${JSON.stringify({ error: messageOf(error), ...codeOf(error) }, null, 2)}\n`);
    return 1;
  }
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      yes: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [name = '', ...rest] = positionals;
  const run = SUBCOMMANDS[name];
  if (values.help) return { values, name, run: run ?? status };
  if (!run)
    throw new Error(name === '' ? 'Which? start, stop, status or reset.' : `There is no "kafka ${name}".`);
  if (rest.length > 0) throw new Error(`Too much: ${rest.join(' ')}`);
  const port = values.port;
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    throw new Error(`--port ${port} is not a port: give a number from 1 to 65535.`);
  }
  return { values, name, run };
}

function codeOf(error: unknown): { code?: string } {
  return error instanceof StreamTrainError ? { code: error.code } : {};
}

async function start({ data, port, env, log }: Request): Promise<Result> {
  const running = await findRunning(data);
  if (running) return alreadyRunning(data, running, port);
  try {
    const daemon = await startBroker({
      dataFolder: data.folder,
      daemon: true,
      env,
      log,
      ...(port === undefined ? {} : { port }),
    });
    const { brokers, pid, startedInMs, kafkaVersion } = daemon;
    const address = brokers.join(',');
    return {
      text:
        `Kafka ${kafkaVersion} is running at ${address} (process ${pid}, ready in ${(startedInMs / 1000).toFixed(1)} s)\n` +
        `  data  ${data.folder}\n  use   export STREAMTRAIN_BROKERS=${address}\n  stop  npm run kafka -- stop`,
      json: {
        running: true,
        started: true,
        brokers,
        pid,
        kafka: kafkaVersion,
        startedInMs,
        dataFolder: data.folder,
      },
    };
  } catch (error) {
    const nowRunning = error instanceof BrokerRunningError ? await findRunning(data) : undefined;
    if (nowRunning) return alreadyRunning(data, nowRunning, port);
    throw error;
  }
}

function alreadyRunning(data: DataFolder, running: RunningBroker, port: number | undefined): Result {
  const { brokers, pid } = running;
  const hint =
    port === undefined || port === running.port
      ? ''
      : `\n  for port ${port}, stop it first: npm run kafka -- stop`;
  return {
    text: `Kafka is already running at ${brokers.join(',')} (process ${pid})\n  data  ${data.folder}${hint}`,
    json: { running: true, started: false, brokers, pid, dataFolder: data.folder },
    ...(hint === '' ? {} : { exitCode: 1 }),
  };
}

async function stop({ data }: Request): Promise<Result> {
  const stopped = await stopRunning(data);
  return {
    text: stopped
      ? `Kafka is stopped (it was process ${stopped.pid}); its data stays in ${data.folder}`
      : `Kafka was not running on ${data.folder}`,
    json: { running: false, stopped: stopped !== undefined, dataFolder: data.folder },
  };
}

async function status({ data }: Request): Promise<Result> {
  const running = await findRunning(data);
  const size = await folderSize(data.folder);
  const where = `  data    ${path.relative(process.cwd(), data.folder) || '.'}, ${readableBytes(size)}`;
  const silent = running ? undefined : await findProcess(data);
  if (silent !== undefined) {
    return {
      text: `Kafka is there (process ${silent}), but does not answer\n  end it  npm run kafka -- stop\n${where}`,
      json: { running: false, answers: false, pid: silent, dataBytes: size, dataFolder: data.folder },
      exitCode: 1,
    };
  }
  if (!running) {
    const topics = await topicsOnDisk(data);
    return {
      text: `Kafka is not running\n  topics  ${topics.length} on disk\n${where}`,
      json: { running: false, topics: topics.length, dataBytes: size, dataFolder: data.folder },
      exitCode: 3,
    };
  }
  const { brokers, pid, startedAt, kafka, java, daemon } = running;
  const { topics } = await requestMetadata({ host: LOOPBACK, port: running.port, topics: 'all' });
  const uptimeSeconds = Math.round((Date.now() - Date.parse(startedAt)) / 1000);
  return {
    text:
      `Kafka ${kafka} is running at ${brokers.join(',')}\n  process ${pid}, ${daemon ? 'in the background' : 'ends with the program that started it'}` +
      `\n  java    ${java}\n  uptime  ${readableDuration(uptimeSeconds)}\n  topics  ${topics.length}\n${where}`,
    json: {
      running: true,
      brokers,
      pid,
      daemon,
      kafka,
      java,
      startedAt,
      uptimeSeconds,
      topics: topics.length,
      dataBytes: size,
      dataFolder: data.folder,
    },
  };
}

async function reset({ data, yes }: Request): Promise<Result> {
  const topics = await topicsOnDisk(data);
  if (topics.length > 0 && !yes) {
    const some = topics.slice(0, 5).join(', ') + (topics.length > 5 ? ', ...' : '');
    return {
      text: `There are ${topics.length} topics in ${data.folder} (${some}).\nTo delete them: npm run kafka -- reset --yes`,
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

function readableDuration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0
    ? `${hours} h ${minutes} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`;
}
