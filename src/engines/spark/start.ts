/** Starts Spark: nothing but a place for its programs (`local[n]`), or a master with workers of its own. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { findJava, type Java } from '../../broker/java.ts';
import { cacheFolder } from '../../install/folders.ts';
import { findPython } from '../../install/python.ts';
import { checkInteger, checkMs, checkOneOf, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { LOOPBACK, makeTemporaryFolder, removeTemporaryFolder } from '../../process/index.ts';
import { folderTrouble } from '../engine.ts';
import type { JavaProcess } from '../launch.ts';
import { requireParts, type PartsOptions } from '../parts.ts';
import { forgetRunningEngine } from '../running.ts';
import { EXECUTOR_MB, startCluster } from './cluster.ts';
import { JAVA_OPTIONS, classArguments } from './java.ts';
import { SparkJob } from './job.ts';
import { SPARK } from './pyspark.ts';

/** How to start Spark; every setting has a default. */
export interface StartSparkOptions extends PartsOptions {
  /** Tasks that run at a time: threads of `local[n]`, or worker processes of one core each. Default 2. */
  workers?: number;
  /**
   * A master and worker processes on the loopback address, as on several machines (default false: all within the program's
   * own process, Spark's `local[n]`).
   */
  cluster?: boolean;
  /**
   * A master that runs elsewhere, such as `spark://host:7077`, in place of either. The driver then listens on this machine's own
   * address, and executors run Python by the path that it has here, unless `conf` says otherwise (`spark.pyspark.python`).
   */
  master?: string;
  /** Where it works. Default: a temporary folder, removed by `stop`. */
  folder?: string;
  /** Java's heap of a program's driver, MB; default 700. */
  heapMb?: number;
  /** Called with a line for what takes long. */
  log?: (line: string) => void;
  /** Give up when a master or worker is not ready after this long, ms, or Java's classes are not written; default 120 000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** How a program is submitted. */
export interface SubmitOptions {
  /** Settings of Spark by their names, such as `spark.executor.memory`. */
  conf?: Readonly<Record<string, string>>;
  /** Variables besides those of this process. */
  env?: NodeJS.ProcessEnv;
  /** Called with each line that the program prints, and awaited; what it throws ends the program, and `done` rejects with it. */
  onLine?: (line: string) => unknown;
  signal?: AbortSignal;
}

const known: OptionNames<StartSparkOptions> = {
  ...{ env: true, cache: true, workers: true, cluster: true, master: true, folder: true, heapMb: true },
  ...{ log: true, timeoutMs: true, signal: true },
};
const submitKnown: OptionNames<SubmitOptions> = { conf: true, env: true, onLine: true, signal: true };

/** Attempts of a task, the first included, before its job fails. */
const TASK_ATTEMPTS = 4;

/**
 * Starts Spark on this machine. Its parts must have been fetched, see `fetchEngine('spark')`. Without `cluster` nothing runs
 * until a program is submitted. Everything listens on the loopback address, and none of it outlives this process; a cluster
 * takes programs only from those that can read a secret in its folder.
 *
 * @throws EnginePartsError (`ST_ENGINES_PARTS_MISSING`) where it was not fetched: it says how big it is, and how to;
 *   EngineStartError (`ST_ENGINES_START`) when it does not come up; EngineRunningError (`ST_ENGINES_RUNNING`) for a second cluster in
 *   one folder; JavaMissingError (`ST_BROKER_JAVA_MISSING`); ToolMissingError (`ST_INSTALL_TOOL_MISSING`) without Python;
 *   InvalidOptionError (`ST_OPTION_INVALID`); TemporaryFolderError (`ST_PROCESS_TEMPORARY_FOLDER`)
 * @example
 * ```ts
 * await using spark = await startSpark({ workers: 2 });
 * const job = spark.submit('count-words.py', ['words']);
 * for await (const line of job.lines()) console.log(line);
 * await job.done;
 * ```
 */
export async function startSpark(options: StartSparkOptions = {}): Promise<Spark> {
  refuseUnknownOptions('startSpark', options, known);
  const { env = process.env, workers = 2, cluster = false, master, log, heapMb = 700 } = options;
  checkInteger('workers', workers, { least: 1, most: 1024 });
  checkInteger('heapMb', heapMb, { least: 256 });
  checkOneOf('cluster', cluster, master === undefined ? [true, false] : [false]);
  const timeoutMs = checkMs('timeoutMs', options.timeoutMs ?? 120_000);
  const home = await requireParts(SPARK, options);
  const cache = options.cache ?? cacheFolder().folder;
  const java = await findJava({ env, cache, neededBy: SPARK.title, ...(log && { log }) });
  const { program: python } = await findPython(env);
  const newFolder = () => makeTemporaryFolder('spark');
  const common = { home, java, python, workers, heapMb };
  const classes = await classArguments(
    { home, java, cache, log, signal: options.signal },
    async (classes, script) => {
      await using one = new Spark({ ...common, classes, folder: newFolder(), isTemporary: true });
      const inTime = AbortSignal.timeout(timeoutMs);
      const signal = options.signal ? AbortSignal.any([options.signal, inTime]) : inTime;
      await one.submit(script, [], { signal }).done;
    },
  );
  options.signal?.throwIfAborted();
  const isTemporary = options.folder === undefined;
  const folder = isTemporary ? newFolder() : path.resolve(options.folder ?? '');
  const spark = new Spark({ ...common, classes, folder, isTemporary, master });
  try {
    await fs.mkdir(path.join(folder, 'conf'), { recursive: true });
    if (cluster) await spark.startCluster(options);
    return spark;
  } catch (error) {
    await spark.stop();
    throw folderTrouble(SPARK, folder, error) ?? error;
  }
}

/** What Spark is given. */
interface SparkPlace {
  readonly home: string;
  readonly java: Java;
  readonly python: string;
  readonly folder: string;
  readonly isTemporary: boolean;
  readonly workers: number;
  readonly heapMb: number;
  readonly master?: string | undefined;
  /** For Java, see {@link classArguments}. */
  readonly classes: readonly string[];
}

/** Spark on this machine. Whoever started it stops it. */
export class Spark implements AsyncDisposable {
  readonly title = SPARK.title;
  readonly version = SPARK.version;
  readonly #place: SparkPlace;
  readonly #processes: JavaProcess[] = [];
  readonly #jobs = new Set<SparkJob>();
  #master: string;

  /** @param place use {@link startSpark} */
  constructor(place: SparkPlace) {
    this.#place = place;
    this.#master = place.master ?? `local[${place.workers},${TASK_ATTEMPTS}]`;
  }

  /** `local[2,4]`, or `spark://127.0.0.1:23456`. */
  get master(): string {
    return this.#master;
  }
  /** Where it works. Absolute path. */
  get folder(): string {
    return this.#place.folder;
  }
  /** Tasks that run at a time, as it was started with. */
  get workers(): number {
    return this.#place.workers;
  }
  /** Of a cluster's master and workers; empty otherwise. */
  get pids(): readonly number[] {
    return this.#processes.map(({ pid }) => pid);
  }

  /**
   * Hands a Python program to Spark, as `spark-submit` does. It finds PySpark; what it prints comes by `lines()`.
   *
   * @param script its path
   * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`)
   */
  submit(script: string, args: readonly string[] = [], options: SubmitOptions = {}): SparkJob {
    refuseUnknownOptions('spark.submit', options, submitKnown);
    const { folder, java, heapMb } = this.#place;
    const file = path.resolve(script);
    const conf = Object.entries({ ...this.#settings(), ...options.conf }).flatMap(([name, value]) => [
      '--conf',
      `${name}=${value}`,
    ]);
    const main = ['org.apache.spark.deploy.SparkSubmit', '--master', this.#master, ...conf, file, ...args];
    const job = new SparkJob({
      program: java.program,
      args: [`-Xmx${heapMb}m`, ...this.#javaArguments(), ...main],
      folder,
      env: { ...process.env, ...this.#environment(), ...options.env },
      name: path.basename(file),
      signal: options.signal,
      onLine: options.onLine,
    });
    this.#jobs.add(job);
    const forget = () => void this.#jobs.delete(job);
    job.done.then(forget, forget);
    return job;
  }

  /** Ends its programs, then its processes; a temporary folder is removed. Again: does nothing. */
  async stop(): Promise<void> {
    await Promise.all([...this.#jobs].map((job) => job.stop()));
    for (const one of this.#processes.splice(0).reverse()) {
      await one.stop();
      await forgetRunningEngine(this.folder, one.pid);
    }
    if (this.#place.isTemporary) await removeTemporaryFolder(this.folder);
  }

  /** {@link stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Starts a master and the workers. For {@link startSpark}. */
  async startCluster({ timeoutMs, signal, log }: StartSparkOptions): Promise<void> {
    const { java, folder, workers } = this.#place;
    this.#master = await startCluster({
      ...{ java, folder, workers, timeoutMs, signal, log },
      javaArguments: this.#javaArguments(),
      env: this.#environment(),
      onStarted: (started) => void this.#processes.push(started),
    });
  }

  #javaArguments(): string[] {
    return [...JAVA_OPTIONS, ...this.#place.classes, '-cp', path.join(this.#place.home, 'jars', '*')];
  }

  #environment(): NodeJS.ProcessEnv {
    const { home, folder, python, master } = this.#place;
    return {
      SPARK_HOME: home,
      SPARK_CONF_DIR: path.join(folder, 'conf'),
      // Executors elsewhere could not reach a driver that announces this.
      ...(master === undefined && { SPARK_LOCAL_IP: LOOPBACK }),
      SPARK_SCALA_VERSION: '2.13',
      PYSPARK_PYTHON: python,
      PYSPARK_DRIVER_PYTHON: python,
      PYTHONPATH: [path.join(home, 'python'), process.env['PYTHONPATH']].filter(Boolean).join(path.delimiter),
      PYTHONDONTWRITEBYTECODE: '1',
    };
  }

  /** What every program begins with; a master elsewhere reaches us by the machine's own address. */
  #settings(): Readonly<Record<string, string>> {
    const { folder, workers, master } = this.#place;
    return {
      'spark.ui.enabled': 'false',
      'spark.local.dir': path.join(folder, 'tmp'),
      'spark.sql.warehouse.dir': path.join(folder, 'warehouse'),
      'spark.sql.shuffle.partitions': String(workers),
      'spark.sql.session.timeZone': 'UTC',
      'spark.task.maxFailures': String(TASK_ATTEMPTS),
      ...(master === undefined && {
        'spark.driver.host': LOOPBACK,
        'spark.driver.bindAddress': LOOPBACK,
        'spark.executor.cores': '1',
        'spark.executor.memory': `${EXECUTOR_MB}m`,
      }),
    };
  }
}
