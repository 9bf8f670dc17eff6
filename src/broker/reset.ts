/** Empties a data folder, and nothing but what is ours in it. */
import fs from 'node:fs/promises';
import { exists } from '../install/files.ts';
import { readClusterId } from './data-folder.ts';
import type { DataFolder } from './data-folder.ts';
import { BrokerOptionsError } from './errors.ts';

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
 * @throws {@link BrokerOptionsError} (`ST_BROKER_OPTIONS`) when the folder was not made by us
 */
export async function removeData(data: DataFolder): Promise<void> {
  if (!(await exists(data.folder))) return;
  const isOurs = (await exists(data.portsFile)) || (await readClusterId(data)) !== undefined;
  if (!isOurs) {
    throw new BrokerOptionsError({
      what: 'delete the data of Kafka',
      tried: data.folder,
      answered: 'the embedded Kafka has never used this folder (there is no ports.json in it)',
      toDo: 'Check the path given with --data.',
    });
  }
  const { kafkaData, logFile, serverProperties, loggerProperties, portsFile, runningFile } = data;
  const files = [logFile, `${logFile}.1`, serverProperties, loggerProperties, runningFile, portsFile];
  for (const file of [kafkaData, ...files]) await fs.rm(file, { recursive: true, force: true });
  await fs.rmdir(data.folder).catch(() => undefined); // only when nothing else is in it
}
