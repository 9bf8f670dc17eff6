/** The broker on a data folder, whoever started it: finds it, also where its note is lost, stops it, deletes its data. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../install/errors.ts';
import { exists, folderSize, readText } from '../install/files.ts';
import { endForeignProcess, isAlive, LOOPBACK } from '../process/index.ts';
import { forgetRunning, readClusterId, readRunning } from './data-folder.ts';
import type { DataFolder, RunningBroker } from './data-folder.ts';
import { ForeignFolderError } from './errors.ts';
import { KAFKA_VERSION } from './maven.ts';
import { requestMetadata } from './wire.ts';

/**
 * The broker that runs on a data folder and answers: its process works in this folder, or, where that cannot be seen,
 * lives and its port answers with this folder's cluster id, so a process id or a port that went to another program is
 * never mistaken for it. A stale note is removed; a damaged one is made up for.
 *
 * @example
 * ```ts
 * const running = await findRunning(dataFolderAt(defaultDataFolder()));
 * console.log(running ? running.brokers : 'stopped');
 * ```
 */
export async function findRunning(data: DataFolder): Promise<RunningBroker | undefined> {
  const noted = await readRunning(data);
  const pid = await findProcess(data);
  const running = noted && (pid === undefined || noted.pid === pid) ? noted : await recalled(data, pid);
  if (running && isAlive(running.pid)) {
    const answer = await requestMetadata({ host: LOOPBACK, port: running.port }).catch(() => undefined);
    if (answer && (running.pid === pid || answer.clusterId === (await readClusterId(data)))) return running;
  }
  if (noted && noted.pid !== pid) await forgetRunning(data, noted.pid);
  return undefined;
}

/**
 * The process that is Kafka on this data folder, whether it answers or not, by what it is and where it works; undefined
 * when there is none, and where the system does not say (it does on Linux).
 */
export async function findProcess({ folder }: DataFolder): Promise<number | undefined> {
  const [own, ids] = await Promise.all([
    fs.realpath(folder).catch(() => undefined),
    fs.readdir('/proc').catch(() => []),
  ]);
  if (own === undefined) return undefined;
  for (const id of ids) {
    if (!/^\d+$/.test(id)) continue;
    const words = (await readText(`/proc/${id}/cmdline`).catch(() => undefined))?.split('\0');
    // The shell that watches over it has the same words behind its own.
    if (!words?.includes('kafka.Kafka') || path.basename(words[0] ?? '') === 'sh') continue;
    if ((await fs.readlink(`/proc/${id}/cwd`).catch(() => '')) === own) return Number(id);
  }
  return undefined;
}

/** What can be found out about a broker of which nothing is written down any more. */
async function recalled(data: DataFolder, pid: number | undefined): Promise<RunningBroker | undefined> {
  if (pid === undefined) return undefined;
  const settings = (await readText(data.serverProperties)) ?? '';
  const port = Number(/^listeners=.*?PLAINTEXT:\/\/[^,:]*:(\d+)/m.exec(settings)?.[1]);
  if (!(port > 0)) return undefined;
  const { mtime } = await fs.stat(data.serverProperties);
  const address = `${LOOPBACK}:${port}`;
  return {
    pid,
    port,
    brokers: [address],
    startedAt: mtime.toISOString(),
    kafka: KAFKA_VERSION,
    java: 'unknown',
    daemon: true,
  };
}

/**
 * Ends the broker that runs on a data folder, also one that does not answer, and waits until it has ended; the data stays.
 *
 * @returns its process, or undefined when nothing did
 * @throws `CommandError` (`ST_INSTALL_COMMAND`) when it does not end
 */
export async function stopRunning(data: DataFolder): Promise<Pick<RunningBroker, 'pid'> | undefined> {
  const pid = (await findRunning(data))?.pid ?? (await findProcess(data));
  if (pid === undefined) return undefined;
  await endForeignProcess(pid).catch((cause: Error) => {
    throw new CommandError({
      what: 'stop the broker',
      tried: [`ending process ${pid}`],
      answered: cause.message,
      toDo: `End process ${pid} yourself ("kill ${pid}").`,
      cause,
    });
  });
  await forgetRunning(data, pid);
  return { pid };
}

/** The topics whose data is in the folder, sorted; Kafka's internal ones left out. Works without a broker. */
export async function topicsOnDisk({ kafkaData }: DataFolder): Promise<string[]> {
  const names = await fs.readdir(kafkaData).catch(() => []);
  const topics = names.map((name) => /^(.+)-\d+$/.exec(name)?.[1]).filter((topic) => topic !== undefined);
  return [...new Set(topics)].filter((topic) => !topic.startsWith('__')).sort();
}

/**
 * Deletes Kafka's data, log, settings and remembered ports; whatever else is in the folder stays. The broker must not be
 * running.
 *
 * @throws {@link ForeignFolderError} (`ST_BROKER_FOREIGN_FOLDER`) when the folder was not made by us
 */
export async function removeData(data: DataFolder): Promise<void> {
  if (!(await exists(data.folder))) return;
  const isOurs = (await exists(data.portsFile)) || (await readClusterId(data)) !== undefined;
  if (!isOurs) {
    throw new ForeignFolderError({
      what: 'delete the data of Kafka',
      tried: [data.folder],
      answered: 'the embedded Kafka has never used this folder (there is no ports.json in it)',
      toDo: 'Check the path given with --data.',
    });
  }
  const { kafkaData, logFile, serverProperties, loggerProperties, portsFile, runningFile } = data;
  const files = [logFile, `${logFile}.1`, serverProperties, loggerProperties, runningFile, portsFile];
  for (const file of [kafkaData, ...files]) await fs.rm(file, { recursive: true, force: true });
  await fs.rmdir(data.folder).catch(() => undefined); // only when nothing else is in it
}

/** What there is on a data folder: a broker that answers, one that does not (`silent`), or data alone (`stopped`). */
export type BrokerStatus = {
  /** How many topics it holds, Kafka's own left out. */
  readonly topics: number;
  readonly dataBytes: number;
} & (
  | { readonly state: 'running'; readonly broker: RunningBroker }
  | { readonly state: 'silent'; readonly pid: number }
  | { readonly state: 'stopped' }
);

/** Looks what there is on a data folder; changes nothing. */
export async function brokerStatus(data: DataFolder): Promise<BrokerStatus> {
  const broker = await findRunning(data);
  const dataBytes = await folderSize(data.folder);
  if (broker) {
    const own = await requestMetadata({ host: LOOPBACK, port: broker.port, topics: 'all' }).then(
      ({ topics }) => topics.filter(({ internal }) => !internal).length,
      () => undefined,
    );
    if (own !== undefined) return { state: 'running', broker, topics: own, dataBytes };
  }
  const topics = (await topicsOnDisk(data)).length;
  const pid = await findProcess(data);
  return pid === undefined
    ? { state: 'stopped', topics, dataBytes }
    : { state: 'silent', pid, topics, dataBytes };
}
