/** A session of Flink's SQL gateway as its REST interface has it: statements, their pages, and the jobs they began. */
import { randomUUID } from 'node:crypto';
import { invalidOption } from '../../options.ts';
import { chooseFreePorts, pause } from '../../process/index.ts';
import { EngineUnreachableError, FlinkRequestError, FlinkSqlError } from '../errors.ts';
import { flinkPath } from './checkpoints.ts';
import { cancelJob, endOf, jobsOn, type FoundJob } from './job.ts';
import { ask, meaningOf } from './rest.ts';
import { columnOf, rowOf, type RestColumn, type SqlColumn, type SqlRow } from './values.ts';

/** How a statement is carried out. */
export interface ExecuteOptions {
  /** Flink's settings for this statement alone: `{ 'parallelism.default': '2' }`. */
  settings?: Record<string, string>;
  /** Cancels it, and the job it began. */
  signal?: AbortSignal;
}

/** A change of a result that goes on: a row that came, or one that no longer holds. */
export interface SqlChange<Row extends object = SqlRow> {
  readonly kind: 'INSERT' | 'UPDATE_BEFORE' | 'UPDATE_AFTER' | 'DELETE';
  readonly row: Row;
}

/** So many jobs may run at once in a session: each needs a port of its own. */
const MOST_JOBS = 8;

/** Waits between two questions, ms: doubled from one to the other. */
const WAITS = { first: 50, longest: 400 };

/** One page of a result. */
interface Page {
  readonly resultType: 'NOT_READY' | 'PAYLOAD' | 'EOS';
  readonly jobID?: string;
  readonly isQueryResult?: boolean;
  readonly results?: {
    readonly columns: readonly RestColumn[];
    readonly data: readonly { readonly kind: SqlChange['kind']; readonly fields: readonly unknown[] }[];
  };
  readonly nextResultUri?: string;
}

/** What a statement gives: a row, or a page without any. */
interface Piece {
  readonly kind: SqlChange['kind'];
  readonly row?: SqlRow;
  readonly columns: readonly SqlColumn[];
  /** The job that goes on after the statement, as that of an INSERT does. */
  readonly job?: string;
}

/** Where the gateway is, and what belongs to it. */
export interface GatewayPlace {
  readonly url: string;
  /** The folder in which Flink writes down how jobs ended. */
  readonly archive: string;
  /** Where its process has ended: the error that says so. */
  readonly ended: (what: string) => Promise<Error | undefined>;
}

/** One session. */
export class Session {
  readonly #place: GatewayPlace;
  readonly #url: string;
  readonly #ports: readonly number[];

  private constructor(place: GatewayPlace, handle: string, ports: readonly number[]) {
    this.#place = place;
    this.#url = `${place.url}/v1/sessions/${handle}`;
    this.#ports = ports;
  }

  /** Opens one. */
  static async open(place: GatewayPlace): Promise<Session> {
    const ports = await chooseFreePorts(MOST_JOBS);
    const { sessionHandle } = await ask<{ sessionHandle: string }>(`${place.url}/v1/sessions`, {
      method: 'POST',
      body: { properties: {} },
    });
    return new Session(place, sessionHandle, ports);
  }

  /** The jobs that run now. */
  jobs(signal?: AbortSignal): Promise<FoundJob[]> {
    return jobsOn(this.#ports, signal);
  }

  /** Waits until a job runs, or it is over. */
  async findJob(id: string, isOver: () => boolean, signal?: AbortSignal): Promise<FoundJob | undefined> {
    for (let wait = WAITS.first; !isOver(); wait = Math.min(2 * wait, WAITS.longest)) {
      const found = (await this.jobs(signal)).find((job) => job.id === id);
      if (found?.state === 'RUNNING') return found;
      await pause(wait, signal);
    }
    return undefined;
  }

  /**
   * Resolves when a job has ended.
   *
   * @returns whether by itself; false when it was cancelled
   * @throws {@link FlinkSqlError} when it failed; once the signal is aborted, its reason, after the job was cancelled
   */
  async jobEnd(id: string, statement: string, signal?: AbortSignal): Promise<boolean> {
    try {
      for (let wait = WAITS.first; ; wait = Math.min(2 * wait, WAITS.longest)) {
        const end = await endOf(this.#place.archive, id);
        if (end?.state === 'FAILED') {
          const { causes } = end;
          throw new FlinkSqlError({ statement, reason: meaningOf(causes), causes });
        }
        if (end) return end.state === 'FINISHED';
        // Where Flink itself has ended, nothing more is written.
        await this.ask(statement, '/heartbeat', 'POST', { signal });
        await pause(wait, signal);
      }
    } catch (error) {
      if (signal?.aborted) await this.#cancel((job) => job.id === id);
      throw error;
    }
  }

  /**
   * Everything a statement gives, page after page; each page has an item without a row, too.
   *
   * @param name what its job is called: no other job may have this name
   */
  async *pages(
    sql: string,
    { settings, signal }: ExecuteOptions,
    name = uniqueName('sql'),
  ): AsyncGenerator<Piece, void, undefined> {
    signal?.throwIfAborted();
    refuseFinerTimes(sql);
    const executionConfig = { ...settings, ...this.#settingsOf(name) };
    const body = { statement: sql.replace(/;\s*$/, ''), executionConfig };
    const { operationHandle } = await this.ask<{ operationHandle: string }>(sql, '/statements', 'POST', {
      body,
    });
    let isOver = false;
    try {
      let place = `/operations/${operationHandle}/result/0?rowFormat=JSON`;
      for (let wait = WAITS.first; ;) {
        const page = await this.ask<Page>(sql, place, 'GET', { signal });
        const { columns = [], data = [] } = page.results ?? {};
        const known = columns.map(columnOf);
        const goesOn = page.isQueryResult === true || page.jobID === undefined ? {} : { job: page.jobID };
        yield { kind: 'INSERT', columns: known, ...goesOn };
        for (const { kind, fields } of data) yield { kind, row: rowOf(columns, fields), columns: known };
        if (page.resultType === 'EOS' || (page.resultType === 'PAYLOAD' && !page.nextResultUri)) break;
        if (page.resultType === 'PAYLOAD')
          place = page.nextResultUri?.replace(/^.*?(?=\/operations\/)/, '') ?? '';
        if (!place.includes('rowFormat=')) place += '?rowFormat=JSON';
        wait = data.length > 0 ? WAITS.first : Math.min(2 * wait, WAITS.longest);
        if (data.length === 0) await pause(wait, signal);
      }
      isOver = true;
    } catch (error) {
      isOver = error instanceof FlinkSqlError;
      throw error;
    } finally {
      await this.#leave(operationHandle, isOver ? undefined : name);
    }
  }

  /** By what a job is found, and its end is known. With each statement: the session's own are lost by RESET, changed by SET. */
  #settingsOf(name: string): Record<SettingOfOurs, string> {
    return {
      'pipeline.name': name,
      'rest.bind-port': this.#ports.join(','),
      'jobmanager.archive.fs.dir': flinkPath(this.#place.archive),
      // Else a statement would keep all others of the session waiting until its job has ended.
      'table.dml-sync': 'false',
    };
  }

  /** Forgets a statement; where it was left before its end, its job is cancelled. What has ended itself is no trouble. */
  async #leave(operation: string, job: string | undefined): Promise<void> {
    const quietly = (work: Promise<unknown>) => work.catch(() => undefined);
    if (job !== undefined) {
      await this.#cancel(({ name }) => name === job);
      await quietly(this.ask('', `/operations/${operation}/cancel`, 'POST'));
    }
    await quietly(this.ask('', `/operations/${operation}/close`, 'DELETE'));
  }

  /** Cancels jobs that run; those that end meanwhile are no trouble. */
  async #cancel(which: (job: FoundJob) => boolean): Promise<void> {
    const running = (await this.jobs().catch(() => [])).filter(which);
    await Promise.all(running.map((job) => cancelJob(job).catch(() => undefined)));
  }

  /** One request about this session. */
  async ask<Answer>(
    statement: string,
    place: string,
    method: 'GET' | 'POST' | 'DELETE',
    more: { body?: object; signal?: AbortSignal | undefined } = {},
  ): Promise<Answer> {
    try {
      return await ask<Answer>(`${this.#url}${place}`, { method, ...more });
    } catch (error) {
      if (error instanceof FlinkRequestError)
        throw new FlinkSqlError({ statement, reason: error.reason, causes: error.causes, cause: error });
      if (error instanceof EngineUnreachableError)
        throw (await this.#place.ended(`carry out "${statement.slice(0, 80)}"`)) ?? error;
      throw error;
    }
  }
}

/** A name that no other job has, by which the job of a statement is found. */
export function uniqueName(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

/** The settings that are given with each statement, and are not the caller's to give. */
const SETTINGS_OF_OURS = [
  ...(['pipeline.name', 'rest.bind-port', 'jobmanager.archive.fs.dir', 'table.dml-sync'] as const),
];
type SettingOfOurs = (typeof SETTINGS_OF_OURS)[number];

/** @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for a setting that is ours: it would be passed over in silence */
export function refuseSettingsOfOurs(settings: Readonly<Record<string, string>> = {}): void {
  for (const name of SETTINGS_OF_OURS)
    if (name in settings)
      throw invalidOption(`settings["${name}"]`, settings[name], 'left out: it is set for each statement');
}

/** In a statement: names and remarks; a TIME that is finer than a second; other texts. */
const PIECES =
  /`[^`]*`|--[^\n]*|\/\*[^]*?\*\/|(?<finer>\bTIME\s*(?:\(\s*0*[1-9]\d*\s*\)|'[^']*\.\d*[1-9]\d*'))|'(?:[^']|'')*'/gi;

/**
 * Flink takes TIME(3) for TIME, in tables and in casts, and leaves out what is finer than a second, of a literal too.
 *
 * @throws {@link FlinkSqlError} (`ST_ENGINES_FLINK_SQL`) for such a statement
 */
export function refuseFinerTimes(statement: string): void {
  for (const { groups } of statement.matchAll(PIECES)) {
    const finer = groups?.['finer'];
    if (finer === undefined) continue;
    const reason = `it keeps whole seconds in a TIME, so ${finer} would lose the rest without a word; TIMESTAMP(3) and STRING keep it`;
    throw new FlinkSqlError({ statement, reason, causes: [] });
  }
}
