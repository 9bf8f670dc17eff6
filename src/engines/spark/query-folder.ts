/**
 * The folder in which a query of Structured Streaming keeps what it does. Spark writes the offsets of a batch there before
 * it runs it, so a batch that is run again has the same rows. We read two of its files, as Spark 2.0 to 4.2 write them:
 * `offsets/<batch>` (a line of version, one of settings, then a JSON of offsets a source) and the names in `commits`. What does
 * not look so is an error, never guessed.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readJson, readText, unlessMissing, writeFileAtomically } from '../../install/files.ts';
import { invalidOption } from '../../options.ts';
import { SparkRoundError } from './errors.ts';

/** Next offsets by partition. */
export type Offsets = Readonly<Record<string, number>>;

/** A query's folder. */
export interface QueryFolder {
  /** Tells this life of the query apart from another one in the same folder. */
  readonly id: string;
  /** Where Spark is to keep the query. Absolute path. */
  readonly place: string;
  /** Where the first batch of this query begins. */
  readonly start: Offsets;
}

/** What is known of the query that was learnt from last. */
interface Learnt {
  readonly query: string;
  /** The last batch that was learnt; -1: none. */
  readonly batch: number;
}

const NOTE = 'streamtrain-query.json';

/**
 * The query to go on with: the one in the folder where it stands just where the checkpoint does, so that a batch that was begun
 * has the same rows again; else a new one, which begins at the position.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for a folder that holds something else
 */
export async function openQuery(folder: string, learnt: Learnt, position: Offsets): Promise<QueryFolder> {
  const place = path.join(folder, 'query');
  const noted = await readJson<Pick<QueryFolder, 'id' | 'start'>>(path.join(folder, NOTE));
  if (noted?.id !== undefined && noted.id === learnt.query) {
    const committed = await lastCommitted(place);
    if (committed === learnt.batch || committed === learnt.batch - 1) return { ...noted, place };
  }
  const found = await fs.readdir(folder).catch(() => []);
  if (noted === undefined && found.length > 0)
    throw invalidOption('queryFolder', folder, 'a folder of its own: this one holds something else');
  await fs.rm(place, { recursive: true, force: true });
  const made = { id: randomUUID(), start: position };
  await writeFileAtomically(path.join(folder, NOTE), `${JSON.stringify(made)}\n`);
  return { ...made, place };
}

/** The rows of a batch: where it begins in each partition, and where it ends. */
export async function batchOffsets(
  query: QueryFolder,
  topic: string,
  batch: number,
): Promise<{ readonly from: Offsets; readonly to: Offsets }> {
  const from = batch === 0 ? query.start : await offsetsOf(query, topic, batch - 1);
  return { from, to: await offsetsOf(query, topic, batch) };
}

async function offsetsOf({ place }: QueryFolder, topic: string, batch: number): Promise<Offsets> {
  const file = path.join(place, 'offsets', String(batch));
  const text = (await readText(file)) ?? '';
  try {
    const [version = '', , source = ''] = text.split('\n');
    const offsets = (JSON.parse(source) as Record<string, Offsets>)[topic];
    const isRight =
      version === 'v1' && offsets !== undefined && Object.values(offsets).every(Number.isSafeInteger);
    if (isRight) return offsets;
  } catch {
    // said below
  }
  const problem = `Spark's log of offsets is not as expected: ${file} holds ${JSON.stringify(text.slice(0, 200))}`;
  throw new SparkRoundError({ round: batch, problem });
}

async function lastCommitted(place: string): Promise<number> {
  const names = await fs.readdir(path.join(place, 'commits')).catch(() => []);
  return Math.max(-1, ...names.filter((name) => /^\d+$/.test(name)).map(Number));
}

/** What of a query decides which rows it counts together. */
const statementSchema = z.strictObject({
  sql: z.string(),
  from: z.string(),
  each: z.enum(['stream', 'batch']),
});
type Statement = z.infer<typeof statementSchema>;

const STATEMENT = 'streamtrain-statement.json';

/**
 * Notes in a checkpoint of Spark's which query it is of, and refuses to go on from that of another one: Spark compares the shapes
 * of states alone, and would count the rows of both together. One of which nothing was noted, of another program, is allowed.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for one of another query, and where the note is damaged
 */
export async function noteStatement(folder: string, statement: Statement): Promise<void> {
  const file = path.join(folder, STATEMENT);
  const given = { ...statement, sql: statement.sql.trim() };
  const text = await fs.readFile(file, 'utf8').catch(unlessMissing(undefined));
  const begun = await fs.readdir(path.join(folder, 'offsets')).catch(unlessMissing([]));
  // Where no batch was begun, there is nothing to count together.
  if (text !== undefined && begun.length > 0) {
    const noted = statementIn(text);
    if (noted === undefined)
      throw invalidOption(
        'checkpoint',
        folder,
        `a folder whose ${STATEMENT} is whole (without that file, whose it is is not compared)`,
      );
    if (isDeepStrictEqual(noted, given)) return;
    const { sql, from, each } = noted;
    throw invalidOption(
      'checkpoint',
      folder,
      `a folder of its own: it is of another query (from ${JSON.stringify(from)}, each: '${each}': ${sql.slice(0, 120)})`,
    );
  }
  await fs.mkdir(folder, { recursive: true });
  await writeFileAtomically(file, `${JSON.stringify(given, null, 1)}\n`);
}

function statementIn(text: string): Statement | undefined {
  try {
    return statementSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
