/** A cluster of Spark's own on this machine: a master, and workers of one core each. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Java } from '../../broker/java.ts';
import { readText } from '../../install/files.ts';
import { chooseFreePorts, LOOPBACK, withLock } from '../../process/index.ts';
import { refuseSecond } from '../engine.ts';
import { EngineStartError } from '../errors.ts';
import { launchJava, type JavaProcess } from '../launch.ts';
import { noteRunningEngine } from '../running.ts';
import { executorJava } from './java.ts';
import { SPARK } from './pyspark.ts';

/** So often its master is started when a port is taken meanwhile. */
const MASTER_ATTEMPTS = 3;
/** Java's heap of an executor, and what a worker of a cluster lends, MB. */
export const EXECUTOR_MB = 600;

/** What a cluster is started with. */
interface ClusterPlan {
  readonly java: Java;
  /** Where it works; `conf` is in it. */
  readonly folder: string;
  readonly workers: number;
  /** For Java, in front of the program's name. */
  readonly javaArguments: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes each process as soon as it is ready: whoever called ends them, also when the start fails. */
  readonly onStarted: (started: JavaProcess) => void;
  readonly log?: ((line: string) => void) | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a master and its workers. Programs reach them by a secret in the folder: a second cluster would put its own in its place.
 *
 * @returns the master's address, `spark://127.0.0.1:23456`
 * @throws EngineStartError (`ST_ENGINES_START`); EngineRunningError (`ST_ENGINES_RUNNING`); the signal's reason
 */
export async function startCluster(plan: ClusterPlan): Promise<string> {
  const { folder, signal } = plan;
  const start = async (): Promise<string> => {
    await refuseSecond(SPARK, folder);
    return startFirst(plan);
  };
  return withLock(path.join(folder, 'start.lock'), start, { signal });
}

async function startFirst(plan: ClusterPlan): Promise<string> {
  const { java, folder, workers } = plan;
  const settings = {
    'spark.authenticate': 'true',
    'spark.authenticate.secret': randomBytes(32).toString('hex'),
  };
  const text = Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
  await fs.writeFile(path.join(folder, 'conf', 'spark-defaults.conf'), text, { mode: 0o600 });
  const ready = { ...plan, env: { ...plan.env, ...(await executorJava(java, folder)) } };
  const host = ['--host', LOOPBACK, '--webui-port', '0'];
  const url = await startMaster(ready, host);
  const ids = Array.from({ length: workers }, (_, at) => at + 1);
  // One that fails does not leave another behind that is ready later.
  const starts = await Promise.allSettled(
    ids.map((id) =>
      launch(ready, `worker-${id}`, 'Successfully registered', [
        ...['org.apache.spark.deploy.worker.Worker', ...host, '--cores', '1'],
        ...['--memory', `${EXECUTOR_MB + 200}m`, '--work-dir', path.join(folder, `work-${id}`), url],
      ]),
    ),
  );
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) throw failed.reason;
  return url;
}

async function startMaster(plan: ClusterPlan, host: readonly string[]): Promise<string> {
  // On another port than it was given it could not be found.
  const program = ['-Dspark.port.maxRetries=0', 'org.apache.spark.deploy.master.Master'];
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await chooseFreePorts(1);
    const url = `spark://${LOOPBACK}:${port}`;
    const note = (pid: number) => {
      const [facts, startedAt] = [{ engine: SPARK.name, version: SPARK.version }, new Date().toISOString()];
      return noteRunningEngine(plan.folder, { ...facts, pid, url, startedAt, daemon: false });
    };
    try {
      const args = [...program, ...host, '--port', String(port)];
      await launch(plan, 'master', 'New state: ALIVE', args, note);
      return url;
    } catch (error) {
      const isPortTaken = error instanceof EngineStartError && /BindException/.test(error.logTail);
      if (attempt === MASTER_ATTEMPTS || !isPortTaken) throw error;
    }
  }
}

/** Starts one process, which is ready when it `says` so in its log. */
async function launch(
  { java, folder, javaArguments, env, onStarted, log, timeoutMs, signal }: ClusterPlan,
  name: string,
  says: string,
  args: readonly string[],
  onSpawned: (pid: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const logName = `${name}.log`;
  const started = await launchJava({
    ...{ title: `Spark's ${name}`, java, folder, logName, signal, env, onSpawned },
    args: ['-Xmx256m', ...javaArguments, ...args],
    isReady: async () => (await readText(path.join(folder, logName)))?.includes(says) === true,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  onStarted(started);
  log?.(`Spark's ${name} is ready (${(started.startedInMs / 1000).toFixed(1)} s)`);
}
