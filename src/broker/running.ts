/** Tells whether the broker that a data folder knows of is really there. */
import { forgetRunning, readClusterId, readRunning } from './data-folder.ts';
import type { DataFolder, RunningBroker } from './data-folder.ts';
import { requestMetadata } from './metadata-request.ts';
import { LOOPBACK } from './ports.ts';
import { isAlive } from './process-end.ts';

/**
 * The broker that runs on a data folder: its process lives and its port answers with this folder's cluster id, so a
 * process id or a port that went to another program is never mistaken for it. A stale note is removed.
 *
 * @example
 * ```ts
 * const running = await findRunning(dataFolderAt(defaultDataFolder()));
 * console.log(running ? running.brokers : 'stopped');
 * ```
 */
export async function findRunning(data: DataFolder): Promise<RunningBroker | undefined> {
  const noted = await readRunning(data);
  if (!noted) return undefined;
  if (isAlive(noted.pid)) {
    const clusterId = await readClusterId(data);
    const answer = await requestMetadata({ host: LOOPBACK, port: noted.port }).catch(() => undefined);
    if (answer && answer.clusterId === clusterId) return noted;
  }
  await forgetRunning(data, noted.pid);
  return undefined;
}
