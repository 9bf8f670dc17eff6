/** Where Flink puts its checkpoints, and which of them is the newest that is whole. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** How a job keeps its place. */
export interface FlinkCheckpoints {
  /** The folder for them; it has to outlive Flink. Relative to the working folder. */
  readonly folder: string;
  /** So often, ms; default 1,000. */
  readonly everyMs?: number;
  /** Go on from the newest of the folder, if there is one; default false: begin anew. */
  readonly resume?: boolean;
}

/**
 * The newest checkpoint in a folder, of whichever job, that was finished: Flink puts its `_metadata` in place in one step.
 *
 * @returns its absolute path, or undefined where there is none
 * @example
 * ```ts
 * const checkpoint = await latestCheckpoint('checkpoints/windows');
 * console.log(checkpoint ?? 'begins anew');
 * ```
 */
export async function latestCheckpoint(folder: string): Promise<string | undefined> {
  const root = path.resolve(folder);
  let newest: { place: string; at: number; id: number } | undefined;
  for (const job of await fs.readdir(root).catch(() => [])) {
    for (const name of await fs.readdir(path.join(root, job)).catch(() => [])) {
      const id = Number(/^chk-(\d+)$/.exec(name)?.[1] ?? NaN);
      const place = path.join(root, job, name);
      const stat = await fs.stat(path.join(place, '_metadata')).catch(() => undefined);
      if (stat === undefined || Number.isNaN(id)) continue;
      const at = stat.mtimeMs;
      if (newest === undefined || at > newest.at || (at === newest.at && id > newest.id))
        newest = { place, at, id };
    }
  }
  return newest?.place;
}

/** The settings of a job that keeps its place in a folder. */
export function checkpointSettings(
  { folder, everyMs = 1_000 }: FlinkCheckpoints,
  from: string | undefined,
): Record<string, string> {
  return {
    'execution.checkpointing.interval': `${everyMs} ms`,
    'execution.checkpointing.dir': pathToFileURL(path.resolve(folder)).href,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    ...(from === undefined ? {} : { 'execution.state-recovery.path': pathToFileURL(from).href }),
  };
}
