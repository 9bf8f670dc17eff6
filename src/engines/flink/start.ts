/** Starts Flink: one Java process with the SQL gateway, in which each job gets a small cluster of its own. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { LOOPBACK } from '../../process/index.ts';
import { Engine, startEngine } from '../engine.ts';
import type { EnginePlace, StartedEngine, StartEngineOptions } from '../engine.ts';
import { isWellAt } from '../running.ts';
import { archiveArguments } from '../../broker/class-archive.ts';
import { SMALL_JAVA } from '../../broker/jvm.ts';
import { cacheFolder } from '../../install/folders.ts';
import { nameOf } from '../../install/maven-files.ts';
import type { EngineParts } from '../parts.ts';
import { FLINK_FILES } from './part-list.ts';
import { SqlGateway } from './sql-gateway.ts';

/**
 * Flink as it is downloaded, its SQL gateway with a small cluster inside and its connector for Kafka: the newest whose SQL
 * gateway is whole in Maven Central.
 */
export const FLINK: EngineParts = {
  name: 'flink',
  title: 'Apache Flink',
  version: '2.0.0',
  files: FLINK_FILES,
};

/** How to start Flink; every setting has a default. */
export interface StartFlinkOptions extends StartEngineOptions {
  /** Java's heap, MB; default 512. */
  heapMb?: number;
}

const startFlinkOptions: OptionNames<StartFlinkOptions> = {
  ...{ env: true, cache: true, folder: true, heapMb: true, log: true, daemon: true },
  ...{ timeoutMs: true, signal: true },
};

/** A running Flink. Whoever started it stops it. */
export class Flink extends Engine {
  /** A session of its SQL gateway. */
  readonly sqlGateway: SqlGateway;

  private constructor(started: StartedEngine, sqlGateway: SqlGateway) {
    super(started);
    this.sqlGateway = sqlGateway;
  }

  /** Opens the session of a Flink that answers. */
  static async of(started: StartedEngine): Promise<Flink> {
    const { url, process, folder } = started;
    const archive = path.join(folder, 'ended-jobs');
    await fs.mkdir(archive, { recursive: true });
    const ended = (what: string) => process.endedError(what);
    return new Flink(started, await SqlGateway.at({ url, archive, ended }));
  }
}

/**
 * Starts a real Flink on the loopback address, and resolves when it answers. Its parts must have been fetched, see
 * {@link fetchEngine}. It never outlives this process unless `daemon` is set, and does not keep it alive. Its interface has
 * no login: whoever reaches the port may run anything, so nobody outside this machine does.
 *
 * @throws {@link EnginePartsError} (`ST_ENGINES_PARTS_MISSING`) where it was not fetched: it says how big it is, and how to
 * @throws {@link EngineStartError} (`ST_ENGINES_START`) when it does not come up: with the end of its log
 * @throws {@link EngineRunningError} (`ST_ENGINES_RUNNING`) when one runs in this folder already
 * @example
 * ```ts
 * await using flink = await startFlink();
 * console.log(flink.url); // http://127.0.0.1:23456
 * ```
 */
export async function startFlink(options: StartFlinkOptions = {}): Promise<Flink> {
  refuseUnknownOptions('startFlink', options, startFlinkOptions);
  const { name, version, title } = FLINK;
  return start(options, (place) => {
    const cache = options.cache ?? cacheFolder().folder;
    const jars = jarsIn(place);
    const { log, signal } = options;
    const program = { name: `${name}-${version}`, title, java: place.java, jars, cache, log, signal };
    return archiveArguments(program, (javaArguments) => loadClasses(options, javaArguments));
  });
}

/** Starts it with these arguments for Java besides. */
async function start(
  options: StartFlinkOptions,
  classes: (place: EnginePlace) => Promise<readonly string[]>,
  patienceMs?: number,
): Promise<Flink> {
  const started = await startEngine(FLINK, options, 1, async (place) => {
    const [port = 0] = place.ports;
    const url = `http://${LOOPBACK}:${port}`;
    await writeSettings(place, port);
    return {
      args: [...(await classes(place)), ...javaArguments(place, options.heapMb ?? 512)],
      url,
      // Else Java could not name a file with letters beyond ASCII where the locale has none.
      env: { FLINK_CONF_DIR: place.folder, LC_ALL: 'C.UTF-8' },
      isReady: () => isWellAt(`${url}/v1/info`),
      patienceMs,
    };
  });
  try {
    return await Flink.of(started);
  } catch (error) {
    await new Engine(started).stop();
    throw error;
  }
}

/** How long Java may take to load its classes, and again to write an archive of them as it ends, ms. */
const ARCHIVE_MS = 120_000;

/** What a Flink does at work: windows over a source with a watermark, and a look at a table of Kafka's, which needs no broker. */
const AT_WORK = [
  `CREATE TABLE arrived (label STRING, size DOUBLE, happened TIMESTAMP_LTZ(3),
    WATERMARK FOR happened AS happened - INTERVAL '30' SECOND)
    WITH ('connector' = 'datagen', 'number-of-rows' = '10', 'fields.size.min' = '0', 'fields.size.max' = '1')`,
  `SELECT window_start, COUNT(*) AS n, AVG(size) AS size, STDDEV_SAMP(size) AS spread
    FROM TABLE(TUMBLE(TABLE arrived, DESCRIPTOR(happened), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end`,
  `CREATE TABLE kept (label STRING, n BIGINT) WITH ('connector' = 'kafka', 'topic' = 'none',
    'properties.bootstrap.servers' = '${LOOPBACK}:9', 'scan.startup.mode' = 'earliest-offset', 'format' = 'json')`,
  'EXPLAIN SELECT label, COUNT(*) FROM kept GROUP BY label',
];

/** Runs a Flink of its own, in a temporary folder, until it has loaded what the next ones load. */
async function loadClasses(options: StartFlinkOptions, javaArguments: readonly string[]): Promise<void> {
  const { env, cache, timeoutMs, signal } = options;
  const others = { ...(env && { env }), ...(cache !== undefined && { cache }), ...(signal && { signal }) };
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  await using flink = await start({ ...others, ...limit }, async () => javaArguments, ARCHIVE_MS);
  const inTime = AbortSignal.timeout(ARCHIVE_MS);
  const within = signal ? AbortSignal.any([signal, inTime]) : inTime;
  for (const statement of AT_WORK) await flink.sqlGateway.execute(statement, { signal: within });
}

/** The settings of the gateway, and those with which each job's cluster begins: little memory, loopback only. */
async function writeSettings({ folder }: EnginePlace, port: number): Promise<void> {
  const settings = {
    'execution.target': 'local',
    'sql-gateway.endpoint.rest.address': LOOPBACK,
    'sql-gateway.endpoint.rest.bind-address': LOOPBACK,
    'sql-gateway.endpoint.rest.port': port,
    // Else any page in a browser of this machine could read its answers, and so use the session that it opens.
    'web.access-control-allow-origin': `http://${LOOPBACK}:${port}`,
    // A notebook may rest for longer than any time that could be set here.
    'sql-gateway.session.idle-timeout': '0 s',
    'rest.address': LOOPBACK,
    'rest.bind-address': LOOPBACK,
    'taskmanager.memory.managed.size': '32mb',
    'taskmanager.memory.network.min': '16mb',
    'taskmanager.memory.network.max': '16mb',
    'taskmanager.numberOfTaskSlots': 2,
    'parallelism.default': 1,
    // Of Flink's own 2 MB a row of a result with one large record has no room.
    'collect-sink.batch-size.max': '16mb',
    'table.local-time-zone': 'UTC',
    // Below the folder it works in: Flink would take a comma or a colon in a path for the border between two folders.
    'io.tmp.dirs': 'tmp',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}`);
  await fs.mkdir(path.join(folder, 'tmp'), { recursive: true });
  await fs.writeFile(path.join(folder, 'config.yaml'), `${lines.join('\n')}\n`);
}

/** What Flink reaches into, which Java keeps closed since version 17. */
const OPENED = [
  ...['java.lang', 'java.lang.reflect', 'java.util', 'java.util.concurrent', 'java.util.concurrent.atomic'],
  ...[
    'java.util.concurrent.locks',
    'java.net',
    'java.io',
    'java.nio',
    'sun.nio.ch',
    'java.text',
    'java.time',
  ],
];

function javaArguments({ parts }: EnginePlace, heapMb: number): string[] {
  return [
    `-Xmx${heapMb}m`,
    ...SMALL_JAVA,
    // Its errors go to its log; there is no file of settings for that, and its logger need not say so.
    '-Dlog4j2.level=ERROR',
    '-Dlog4j2.StatusLogger.level=OFF',
    '-Djava.io.tmpdir=tmp',
    ...OPENED.flatMap((name) => ['--add-opens', `java.base/${name}=ALL-UNNAMED`]),
    '-cp',
    jarsIn({ parts }).join(path.delimiter),
    'org.apache.flink.table.gateway.SqlGateway',
  ];
}

function jarsIn({ parts }: Pick<EnginePlace, 'parts'>): string[] {
  return FLINK.files.map((file) => path.join(parts, nameOf(file)));
}
