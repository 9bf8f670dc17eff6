/** Tells whether a broker runs on a data folder, also where what was written down about it is lost or stale. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { readText } from '../install/files.ts';
import { forgetRunning, readClusterId, readRunning } from './data-folder.ts';
import type { DataFolder, RunningBroker } from './data-folder.ts';
import { KAFKA_VERSION } from './kafka-version.ts';
import { requestMetadata } from './metadata-request.ts';
import { LOOPBACK } from './ports.ts';
import { isAlive } from './process-end.ts';

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
 * when there is none, and where the system does not tell (it does on Linux).
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
