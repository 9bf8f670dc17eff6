/** Stops a broker that some other process, perhaps long gone, has started. */
import { forgetRunning } from './data-folder.ts';
import type { DataFolder, RunningBroker } from './data-folder.ts';
import { endForeignProcess } from './process-end.ts';
import { findRunning } from './running.ts';

/**
 * Ends the broker that runs on a data folder and waits until it is gone; the data stays.
 *
 * @returns what ran, or undefined when nothing did
 * @throws {@link BrokerStopError} (`ST_BROKER_STOP`) when it does not go
 */
export async function stopRunning(data: DataFolder): Promise<RunningBroker | undefined> {
  const running = await findRunning(data);
  if (!running) return undefined;
  await endForeignProcess(running.pid);
  await forgetRunning(data, running.pid);
  return running;
}
