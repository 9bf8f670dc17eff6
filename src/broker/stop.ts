/** Stops a broker that some other process, perhaps long gone, has started. */
import { forgetRunning } from './data-folder.ts';
import type { DataFolder, RunningBroker } from './data-folder.ts';
import { endForeignProcess } from './process-end.ts';
import { findProcess, findRunning } from './running.ts';

/**
 * Ends the broker that runs on a data folder, also one that does not answer, and waits until it is gone; the data stays.
 *
 * @returns its process, or undefined when nothing did
 * @throws {@link BrokerStopError} (`ST_BROKER_STOP`) when it does not go
 */
export async function stopRunning(data: DataFolder): Promise<Pick<RunningBroker, 'pid'> | undefined> {
  const pid = (await findRunning(data))?.pid ?? (await findProcess(data));
  if (pid === undefined) return undefined;
  await endForeignProcess(pid);
  await forgetRunning(data, pid);
  return { pid };
}
