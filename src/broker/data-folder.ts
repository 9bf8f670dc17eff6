/** What the embedded broker keeps in its data folder: ports, the running process, settings, log, Kafka's own data. */
import fs from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readJson, readText, writeFileAtomically } from '../install/files.ts';
import { InvalidOptionError } from '../options.ts';

/** The ports of one broker. */
export interface Ports {
  /** Clients, without encryption. */
  readonly client: number;
  /** The broker's own controller. */
  readonly controller: number;
  /** Clients, with TLS or SASL, when asked for. */
  readonly secure: number;
  /** Clients that come through a proxy, one for each proxy. */
  readonly proxied: readonly number[];
}

/** A broker's process, as written down while it runs. */
export interface RunningBroker {
  readonly pid: number;
  /** Where it listens without encryption. */
  readonly port: number;
  /** What clients are to use, `host:port`. */
  readonly brokers: readonly string[];
  /** When it was started, ISO 8601. */
  readonly startedAt: string;
  readonly kafka: string;
  readonly java: string;
  /** Whether it goes on after the program that started it. */
  readonly daemon: boolean;
}

/** The paths inside one data folder. */
export interface DataFolder {
  readonly folder: string;
  /** Kafka's `log.dirs`. */
  readonly kafkaData: string;
  readonly logFile: string;
  readonly serverProperties: string;
  readonly loggerProperties: string;
  readonly portsFile: string;
  readonly runningFile: string;
  readonly lockFile: string;
}

/**
 * Where a project's broker keeps its data: the option, else `$STREAMTRAIN_DATA`, else `.streamtrain/kafka` in the
 * nearest folder upwards with a `package.json`, else in the working folder.
 *
 * @returns an absolute path, not created
 * @example
 * ```ts
 * console.log(defaultDataFolder()); // /home/me/project/.streamtrain/kafka
 * ```
 */
export function defaultDataFolder(option?: string, env: NodeJS.ProcessEnv = process.env): string {
  const wish = option ?? env['STREAMTRAIN_DATA'];
  if (wish) return path.resolve(wish);
  const start = process.cwd();
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json'))) return path.join(folder, '.streamtrain', 'kafka');
    if (folder === path.dirname(folder)) return path.join(start, '.streamtrain', 'kafka');
  }
}

/**
 * Names the paths inside a data folder.
 *
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) when the path holds a comma, which Kafka takes for the end of it
 */
export function dataFolderAt(folder: string): DataFolder {
  if (folder.includes(',')) {
    throw new InvalidOptionError({
      option: 'dataFolder',
      value: folder,
      expected: 'a path without a comma, at which Kafka would cut it in two',
    });
  }
  const inside = (name: string) => path.join(folder, name);
  return {
    folder,
    kafkaData: inside('data'),
    logFile: inside('kafka.log'),
    serverProperties: inside('server.properties'),
    loggerProperties: inside('log4j2.properties'),
    portsFile: inside('ports.json'),
    runningFile: inside('running.json'),
    lockFile: inside('start.lock'),
  };
}

/** The ports used last time, if any. A damaged file counts as none: all that these files hold can be found out again. */
export async function readPorts({ portsFile }: DataFolder): Promise<Ports | undefined> {
  const ports = await readJson<Ports>(portsFile);
  if (![ports?.client, ports?.controller, ports?.secure].every(isPort)) return undefined;
  return { ...ports!, proxied: [ports!.proxied].flat().filter(isPort) }; // earlier versions had one, always
}

/** What a damaged file holds in the place of a port may be anything. */
function isPort(port: unknown): port is number {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}

/** Remembers the ports for the next start. */
export async function writePorts({ portsFile }: DataFolder, ports: Ports): Promise<void> {
  await writeFileAtomically(portsFile, `${JSON.stringify(ports)}\n`);
}

/** What was written down about a running broker; it may have ended since. */
export async function readRunning({ runningFile }: DataFolder): Promise<RunningBroker | undefined> {
  const noted = await readJson<Partial<RunningBroker>>(runningFile);
  const { pid, port, brokers } = noted ?? {};
  const isWhole = Number.isInteger(pid) && Number(pid) > 0 && isPort(port) && Array.isArray(brokers);
  return isWhole ? (noted as RunningBroker) : undefined;
}

/** Writes down that a broker runs. */
export async function writeRunning({ runningFile }: DataFolder, running: RunningBroker): Promise<void> {
  await writeFileAtomically(runningFile, `${JSON.stringify(running, null, 2)}\n`);
}

/** Forgets a broker that runs no more; only if it is still the one written down. */
export async function forgetRunning(data: DataFolder, pid: number): Promise<void> {
  if ((await readRunning(data))?.pid === pid) await fs.rm(data.runningFile, { force: true });
}

/** The cluster's id, from the file that formatting leaves; undefined when the folder was never formatted. */
export async function readClusterId({ kafkaData }: DataFolder): Promise<string | undefined> {
  const text = await readText(path.join(kafkaData, 'meta.properties'));
  return text === undefined ? undefined : /^cluster\.id=(\S+)/m.exec(text)?.[1];
}
