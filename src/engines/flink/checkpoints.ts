/** Where Flink puts its checkpoints, and which of them is the newest that is whole. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { unlessMissing, writeFileAtomically } from '../../install/files.ts';
import { checkInteger, invalidOption } from '../../options.ts';
import { withLock } from '../../process/index.ts';

/** How a job keeps its place. */
export interface FlinkCheckpoints {
  /** The folder for them; it has to outlive Flink. Relative to the working folder. */
  readonly folder: string;
  /** So often, ms; default 1,000. */
  readonly everyMs?: number;
  /** Go on from the newest of the folder, if there is one; default false: begin from the start. */
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

/** Which statement each job of a folder carries out, by Flink's id of it: `{ "<32 hex digits>": "INSERT INTO ..." }`. */
const NOTE = 'streamtrain-job.json';

/**
 * Refuses to go on from a checkpoint of another statement: Flink compares the shape of a job alone, not its tables and windows, and
 * would go on with the rows of the other one and count them in. The checkpoint of a job of which nothing was noted (of another
 * program, or of a process that ended while it started the job) is allowed.
 *
 * @param from the checkpoint to go on from, `<folder>/<job id>/chk-<n>`; `undefined`: only the note itself is looked at
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for one of another statement, and where the note is damaged
 */
export async function refuseOtherStatement(
  folder: string,
  sql: string,
  from: string | undefined,
): Promise<void> {
  const noted = await statementsIn(folder);
  const statement = from === undefined ? undefined : noted.get(path.basename(path.dirname(from)));
  if (statement === undefined || statement === plainStatement(sql)) return;
  throw invalidOption(
    'checkpoints.folder',
    folder,
    `a folder of its own, or resume: false: its checkpoint is of another statement (${statement.slice(0, 120)})`,
  );
}

/** Writes down which statement a job carries out, as soon as its id is known. */
export async function noteJob(folder: string, id: string, sql: string): Promise<void> {
  const place = noteIn(folder);
  await fs.mkdir(path.dirname(place), { recursive: true });
  // Another job of the folder may be noted at the same moment.
  await withLock(`${place}.lock`, async () => {
    const noted = (await statementsIn(folder)).set(id, plainStatement(sql));
    await writeFileAtomically(place, `${JSON.stringify(Object.fromEntries(noted), null, 1)}\n`);
  });
}

/** @throws `InvalidOptionError` (`ST_OPTION_INVALID`) where the note is damaged */
async function statementsIn(folder: string): Promise<Map<string, string>> {
  const text = await fs.readFile(noteIn(folder), 'utf8').catch(unlessMissing('{}'));
  const { success, data } = noteSchema.safeParse(parsed(text));
  if (success) return new Map(Object.entries(data));
  throw invalidOption(
    'checkpoints.folder',
    folder,
    `a folder whose ${NOTE} is whole (without that file, whose its checkpoints are is not compared)`,
  );
}

const noteSchema = z.record(z.string(), z.string());

/** What a text says in JSON; undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function noteIn(folder: string): string {
  return path.join(path.resolve(folder), NOTE);
}

/** Without what stands around it. Blanks within stay: they may be those of a text. */
function plainStatement(sql: string): string {
  return sql.trim().replace(/;$/, '').trimEnd();
}

async function namesIn(folder: string): Promise<string[]> {
  return fs.readdir(folder).catch(unlessMissing([]));
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
    'execution.checkpointing.interval': `${checkInteger('everyMs', everyMs, { least: 1 })} ms`,
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
