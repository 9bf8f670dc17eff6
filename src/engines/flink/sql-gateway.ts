/** Flink's SQL gateway from TypeScript: statements in, rows and jobs out. */
import { invalidOption, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../process/index.ts';
import { FlinkSqlError } from '../errors.ts';
import {
  checkpointSettings,
  latestCheckpoint,
  noteJob,
  refuseOtherStatement,
  type FlinkCheckpoints,
} from './checkpoints.ts';
import { HeldRows } from './held-rows.ts';
import { cancelJob, checkpointsOf, type JobCheckpoints, type JobSummary } from './job.ts';
import { refuseSettingsOfOurs, Session, uniqueName } from './session.ts';
import type { ExecuteOptions, GatewayPlace, SqlChange } from './session.ts';
import type { SqlColumn, SqlRow } from './values.ts';

/** How a job is started. */
export interface StartJobOptions extends ExecuteOptions {
  /** What it is called; default `job`. */
  name?: string;
  /** Where it keeps its place; default: nowhere, so that it begins again from the start after a crash. */
  checkpoints?: FlinkCheckpoints;
}

/** The whole of a result. */
export interface SqlResult<Row extends object = SqlRow> {
  readonly columns: readonly SqlColumn[];
  readonly rows: readonly Row[];
}

/** A job that was started. */
export interface FlinkJob {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  /** The checkpoint it went on from. */
  readonly resumedFrom: string | undefined;
  /**
   * Resolves when it has ended: by itself, or because it was cancelled.
   *
   * @throws {@link FlinkSqlError} (`ST_ENGINES_FLINK_SQL`) when it failed
   */
  readonly done: Promise<void>;
  /** How far its checkpoints are; undefined once it has ended. */
  checkpoints(): Promise<JobCheckpoints | undefined>;
  /** Ends it at once, and waits until it has ended. Its last checkpoint stays. */
  cancel(): Promise<void>;
}

const executeOptions: OptionNames<ExecuteOptions> = { settings: true, signal: true };
/** What `restart-strategy.type` was called before Flink 1.19. */
const OLD_RESTART = 'restart-strategy';
const startJobOptions: OptionNames<StartJobOptions> = { ...executeOptions, name: true, checkpoints: true };

/**
 * A session of Flink's SQL gateway: tables that were created in it are known to its later statements.
 *
 * @example
 * ```ts
 * await using flink = await startFlink();
 * const { rows } = await flink.sqlGateway.execute('SELECT word, COUNT(*) AS n FROM (VALUES (1)) AS t(word) GROUP BY word');
 * console.log(rows); // [ { word: 1, n: 1 } ]
 * ```
 */
export class SqlGateway {
  readonly #session: Session;

  readonly #forget: () => Promise<void>;

  private constructor(session: Session, forget: () => Promise<void> = async () => undefined) {
    this.#session = session;
    this.#forget = forget;
  }

  /**
   * Opens a session at a gateway on this machine, such as one that `streamtrain engines start flink` left running.
   *
   * @param url `http://127.0.0.1:20123`; another machine's is refused: how jobs end is written down where Flink runs
   * @throws {@link EngineUnreachableError} (`ST_ENGINES_UNREACHABLE`); `InvalidOptionError` (`ST_OPTION_INVALID`)
   */
  static async open(url: string): Promise<SqlGateway> {
    const host = URL.canParse(url) ? new URL(url).hostname : '';
    if (!/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host))
      throw invalidOption(
        'url',
        url,
        'the address of a gateway on this machine, such as http://127.0.0.1:8083',
      );
    const archive = makeTemporaryFolder('flink-jobs');
    try {
      const session = await Session.open({ url, archive, ended: async () => undefined });
      return new SqlGateway(session, () => removeTemporaryFolder(archive));
    } catch (error) {
      await removeTemporaryFolder(archive);
      throw error;
    }
  }

  /** Opens a session at a gateway of which more is known. */
  static async at(place: GatewayPlace): Promise<SqlGateway> {
    return new SqlGateway(await Session.open(place));
  }

  /**
   * Carries out one statement to its end, and gives its rows: for an INSERT when its job has ended. What changes while it runs
   * (an aggregate without windows) is followed, so that the rows are those that hold at the end.
   *
   * Flink computes as over a stream by default: rows come in the order in which they were last changed, whatever ORDER BY
   * says, and a COUNT of no rows gives no row. With the setting `'execution.runtime-mode': 'batch'` both are as in a database.
   *
   * @returns an object a row; see {@link SqlValue} for what each type becomes. `Row` is what you know of it: it is not checked
   * @throws {@link FlinkSqlError} (`ST_ENGINES_FLINK_SQL`) where Flink refuses it, or its job fails
   * @throws {@link FlinkValueError} (`ST_ENGINES_FLINK_VALUE`) where a value has no exact counterpart
   * @throws {@link EngineEndedError} (`ST_ENGINES_ENDED`) where Flink has ended; the signal's reason
   * @example
   * ```ts
   * await using flink = await startFlink();
   * const { rows } = await flink.sqlGateway.execute<{ n: number }>('SELECT 1 + 1 AS n');
   * console.log(rows[0]?.n); // 2
   * ```
   */
  async execute<Row extends object = SqlRow>(
    sql: string,
    options: ExecuteOptions = {},
  ): Promise<SqlResult<Row>> {
    refuseUnknownOptions('execute', options, executeOptions);
    refuseSettingsOfOurs(options.settings);
    let columns: readonly SqlColumn[] = [];
    let job: string | undefined;
    const held = new HeldRows<Row>();
    for await (const piece of this.#session.pages(sql, options)) {
      const { kind } = piece;
      columns = piece.columns;
      job = piece.job ?? job;
      if (piece.row !== undefined) held.take({ kind, row: piece.row as Row });
    }
    if (job !== undefined && !(await this.#session.jobEnd(job, sql, options.signal)))
      throw new FlinkSqlError({ statement: sql, reason: 'its job was cancelled', causes: [] });
    return { columns, rows: held.rows() };
  }

  /**
   * The changes of a result, as they come; endless where the source is. Leaving the loop cancels the query.
   *
   * @example
   * ```ts
   * await using flink = await startFlink();
   * for await (const { kind, row } of flink.sqlGateway.changes('SELECT 1 AS n')) console.log(kind, row); // INSERT { n: 1 }
   * ```
   */
  async *changes<Row extends object = SqlRow>(
    sql: string,
    options: ExecuteOptions = {},
  ): AsyncGenerator<SqlChange<Row>, void, undefined> {
    refuseUnknownOptions('changes', options, executeOptions);
    refuseSettingsOfOurs(options.settings);
    for await (const { kind, row } of this.#session.pages(sql, options))
      if (row !== undefined) yield { kind, row: row as Row };
  }

  /**
   * Starts the job of an INSERT, and resolves when it runs. With checkpoints it can go on after a crash, also in another
   * Flink: give the same statement, the same folder and `resume: true`. Flink itself begins again from the last checkpoint when it
   * fails, eight times without an hour of peace between; then the job has failed (`restart-strategy.type` in `settings` says otherwise).
   * A checkpoint of another statement is refused, as far as the folder's note (`streamtrain-job.json`) knows its job.
   *
   * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for that, a damaged note, and the old setting `restart-strategy`
   * @throws {@link FlinkSqlError} (`ST_ENGINES_FLINK_SQL`) where Flink refuses the statement
   * @example
   * ```ts
   * await using flink = await startFlink();
   * const { sqlGateway } = flink;
   * await sqlGateway.execute("CREATE TABLE ticks (i BIGINT) WITH ('connector' = 'datagen')");
   * await sqlGateway.execute("CREATE TABLE nowhere (i BIGINT) WITH ('connector' = 'blackhole')");
   * const job = await sqlGateway.start('INSERT INTO nowhere SELECT i FROM ticks', { name: 'ticks' });
   * await job.cancel();
   * ```
   */
  async start(sql: string, options: StartJobOptions = {}): Promise<FlinkJob> {
    refuseUnknownOptions('start', options, startJobOptions);
    const { name = 'job', settings, signal, checkpoints } = options;
    refuseSettingsOfOurs(settings);
    if (settings && OLD_RESTART in settings)
      throw invalidOption(
        `settings["${OLD_RESTART}"]`,
        settings[OLD_RESTART],
        `left out: since Flink 1.19 it is called "${OLD_RESTART}.type"`,
      );
    const from = checkpoints?.resume ? await latestCheckpoint(checkpoints.folder) : undefined;
    if (checkpoints) await refuseOtherStatement(checkpoints.folder, sql, from);
    const kept = checkpoints ? checkpointSettings(checkpoints, from) : {};
    const jobName = uniqueName(name);
    const statement = { settings: { ...kept, ...settings }, ...(signal ? { signal } : {}) };
    let id: string | undefined;
    for await (const { job, row } of this.#session.pages(sql, statement, jobName)) {
      // Where that fails, leaving the loop cancels the job.
      if (checkpoints && job !== undefined && id === undefined) await noteJob(checkpoints.folder, job, sql);
      id = job ?? id;
      if (row !== undefined && id === undefined) break;
    }
    if (id === undefined) {
      const reason =
        'it begins no job that goes on; start() is for INSERT, execute() and changes() for the others';
      throw new FlinkSqlError({ statement: sql, reason, causes: [] });
    }
    let isOver = false;
    const done = this.#session
      .jobEnd(id, sql, signal)
      .then(() => undefined)
      .finally(() => (isOver = true));
    // It is looked at below, or by whoever awaits `done`.
    done.catch(() => undefined);
    const job = await this.#session.findJob(id, () => isOver, signal);
    if (job === undefined) await done;
    return {
      id,
      name: jobName,
      resumedFrom: from,
      done,
      checkpoints: async () => {
        if (isOver || !job) return undefined;
        try {
          return await checkpointsOf(job);
        } catch (error) {
          // Its cluster goes a moment before its end is known.
          if ((await this.#session.jobs()).some((running) => running.id === id)) throw error;
          return undefined;
        }
      },
      cancel: async () => {
        // It may end by itself in this moment; `done` says how.
        if (!isOver && job) await cancelJob(job).catch(() => undefined);
        await done;
      },
    };
  }

  /** The jobs of this session that run now. */
  async jobs(): Promise<JobSummary[]> {
    const found = await this.#session.jobs();
    return found.map(({ id, name, state, startedAt }) => ({ id, name, state, startedAt }));
  }

  /** Ends the session: its tables are forgotten, its jobs go on. */
  async close(): Promise<void> {
    await this.#session.ask('close the session', '', 'DELETE');
    await this.#forget();
  }
}
