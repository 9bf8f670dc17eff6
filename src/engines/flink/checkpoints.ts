/** Where Flink puts its checkpoints, and which of them is the newest that is whole. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { readJson, writeFileAtomically } from '../../install/files.ts';
import { invalidOption } from '../../options.ts';

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
 * @returns its absolute path, or undefined where there is none; a folder that cannot be read is an error
 * @example
 * ```ts
 * const checkpoint = await latestCheckpoint('checkpoints/windows');
 * console.log(checkpoint ?? 'from the beginning');
 * ```
 */
export async function latestCheckpoint(folder: string): Promise<string | undefined> {
  const root = path.resolve(folder);
  let newest: { place: string; at: number; id: number } | undefined;
  for (const job of await namesIn(root)) {
    for (const name of await namesIn(path.join(root, job))) {
      const id = Number(/^chk-(\d+)$/.exec(name)?.[1] ?? NaN);
      const place = path.join(root, job, name);
      const stat = await fs.stat(path.join(place, '_metadata')).catch(unlessMissing(undefined));
      if (stat === undefined || Number.isNaN(id)) continue;
      const at = stat.mtimeMs;
      if (newest === undefined || at > newest.at || (at === newest.at && id > newest.id))
        newest = { place, at, id };
    }
  }
  return newest?.place;
}

/** Whose checkpoints are in a folder. */
const NOTE = 'streamtrain-job.json';

/**
 * Writes down whose checkpoints a folder holds. Flink compares the shape of a job alone, not its tables and windows: it would go on
 * with the rows of another statement and count them in.
 *
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) where a job is to go on from a checkpoint of another statement
 */
export async function claimFolder(folder: string, sql: string, from: string | undefined): Promise<void> {
  const statement = sql.replace(/;\s*$/, '').replaceAll(/\s+/g, ' ').trim();
  const file = path.join(path.resolve(folder), NOTE);
  const noted = await readJson<{ statement?: string }>(file);
  if (from !== undefined && noted?.statement !== undefined && noted.statement !== statement)
    throw invalidOption(
      'checkpoints.folder',
      folder,
      `a folder of its own, or resume: false: its checkpoint is of another statement (${noted.statement.slice(0, 120)})`,
    );
  await fs.mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomically(file, `${JSON.stringify({ statement })}\n`);
}

async function namesIn(folder: string): Promise<string[]> {
  return fs.readdir(folder).catch(unlessMissing([]));
}

/** What is not there stands for something; any other trouble must not look as if there were nothing to go on from. */
function unlessMissing<Instead>(instead: Instead): (error: NodeJS.ErrnoException) => Instead {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return instead;
    throw error;
  };
}

/** A place as Flink's settings take it: `file:` and the plain path. It takes `%20` for three characters, not for a blank. */
export function flinkPath(place: string): string {
  const plain = path.resolve(place).replaceAll(path.sep, '/');
  return `file://${plain.startsWith('/') ? '' : '/'}${plain}`;
}

/** The settings of a job that keeps its place in a folder. */
export function checkpointSettings(
  { folder, everyMs = 1_000 }: FlinkCheckpoints,
  from: string | undefined,
): Record<string, string> {
  return {
    'execution.checkpointing.interval': `${everyMs} ms`,
    'execution.checkpointing.dir': flinkPath(folder),
    // A row that cannot be read fails again at each start: by default Flink would begin again for ever, and say nothing.
    'restart-strategy.type': 'exponential-delay',
    'restart-strategy.exponential-delay.attempts-before-reset-backoff': '8',
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    // What it went on from is its own from then on: when it ends by itself, nothing is left that a third start would go on from.
    ...(from === undefined
      ? {}
      : { 'execution.state-recovery.path': flinkPath(from), 'execution.state-recovery.claim-mode': 'CLAIM' }),
  };
}
