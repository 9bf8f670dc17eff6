/** The broker's part of set-up and of the doctor: Java, Kafka's jars, the class-data archive. */
import type { Health, HealthCheck } from '../install/doctor.ts';
import { readableBytes } from '../terminal.ts';
import type { Project } from '../install/folders.ts';
import type { Step, StepContext, StepOutcome } from '../install/steps.ts';
import { findClassArchive, knownClassArchive } from './runtime.ts';
import { dataFolderAt, defaultDataFolder } from './data-folder.ts';
import { findJava, findLocalJava } from './java.ts';
import type { Java } from './java.ts';
import { findAlteredJars, findKafkaJars, findLocalKafkaJars, removeAlteredJars } from './jars.ts';
import type { KafkaJars } from './jars.ts';
import { brokerStatus } from './running.ts';

/** Which clone, and where downloads are kept. */
export interface BrokerSetUpOptions {
  project: Project;
  cache: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * The steps that bring in what the embedded Kafka needs, in their order; each does nothing when its part is there.
 *
 * @example
 * ```ts
 * await runSteps(brokerSteps({ project: projectAt(), cache: cacheFolder().folder }));
 * ```
 */
export function brokerSteps({ cache, env = process.env }: BrokerSetUpOptions): Step[] {
  let java: Java | undefined;
  let jars: KafkaJars | undefined;
  const ours = async (context?: StepContext) => {
    const log = context?.note ?? (() => undefined);
    java ??= await findJava({ env, cache, log });
    jars ??= await findKafkaJars({ env, cache, log, ...(context ? { onProgress: context.onProgress } : {}) });
    return { java, jars };
  };
  const outcome = (wasThere: boolean): StepOutcome => (wasThere ? 'already there' : 'done');
  return [
    {
      title: 'Java for Kafka',
      run: async ({ note }) => {
        const local = await findLocalJava({ env, cache });
        java = 'java' in local ? local.java : await findJava({ env, cache, log: note });
        return outcome('java' in local);
      },
    },
    {
      title: 'Kafka',
      run: async (context) => {
        jars = await findLocalKafkaJars({ env, cache });
        const altered = jars ? await removeAlteredJars(jars) : [];
        for (const fault of altered) context.note(`${fault}: fetched again`);
        if (altered.length > 0) jars = undefined;
        const wasThere = jars !== undefined;
        await ours(context);
        return outcome(wasThere);
      },
    },
    {
      title: "Kafka's quick start",
      run: async (context) => {
        const runtime = await ours(context);
        if (await knownClassArchive(runtime, cache)) return 'already there';
        await findClassArchive(runtime, { cache, log: context.note });
        return 'done';
      },
    },
  ];
}

/** The doctor's checks; they fetch nothing and start nothing. */
export function brokerChecks({ cache, env = process.env }: BrokerSetUpOptions): HealthCheck[] {
  return [
    { name: 'Java', examine: () => java(cache, env) },
    { name: 'Kafka', examine: () => kafka(cache, env) },
    { name: "Kafka's quick start", examine: () => quickStart(cache, env) },
    { name: 'Running Kafka', examine: () => running(env) },
  ];
}

async function java(cache: string, env: NodeJS.ProcessEnv): Promise<Health> {
  const local = await findLocalJava({ env, cache });
  if ('java' in local) {
    const { version, program, source } = local.java;
    return { status: 'ok', detail: `${version} at ${program} (${source})` };
  }
  return {
    status: 'broken',
    detail: local.refusals.join('\n'),
    toDo: 'Run "npx streamtrain setup --with kafka": it fetches one.',
  };
}

async function kafka(cache: string, env: NodeJS.ProcessEnv): Promise<Health> {
  const jars = await findLocalKafkaJars({ env, cache });
  if (!jars)
    return {
      status: 'broken',
      detail: 'its jars are not here',
      toDo: 'Run "npx streamtrain setup --with kafka": it fetches them.',
    };
  const altered = await findAlteredJars(jars);
  const toDo = 'Run "npx streamtrain setup --with kafka": it fetches them again.';
  if (altered.length > 0) return { status: 'broken', detail: altered.join('\n'), toDo };
  const checked = jars.source === 'KAFKA_HOME' ? 'not checked' : 'every SHA-256 right';
  return { status: 'ok', detail: `${jars.version}, ${jars.files.length} jars (${jars.source}; ${checked})` };
}

async function quickStart(cache: string, env: NodeJS.ProcessEnv): Promise<Health> {
  const local = await findLocalJava({ env, cache });
  const jars = await findLocalKafkaJars({ env, cache });
  const toDo = 'Kafka works without, but starts more slowly. Run "npx streamtrain setup --with kafka".';
  if (!('java' in local) || !jars) return { status: 'warning', detail: 'needs Java and Kafka first', toDo };
  const archive = await knownClassArchive({ java: local.java, jars }, cache);
  return archive
    ? { status: 'ok', detail: archive }
    : { status: 'warning', detail: 'no class-data archive', toDo };
}

async function running(env: NodeJS.ProcessEnv): Promise<Health> {
  if (env['STREAMTRAIN_BROKERS'])
    return { status: 'ok', detail: `STREAMTRAIN_BROKERS=${env['STREAMTRAIN_BROKERS']}` };
  const folder = defaultDataFolder(undefined, env);
  const found = await brokerStatus(dataFolderAt(folder));
  if (found.state === 'silent') {
    const toDo = 'Wait until it does, or end it: "npm run kafka -- stop".';
    return { status: 'warning', detail: `process ${found.pid} on ${folder} does not answer`, toDo };
  }
  const detail =
    found.state === 'running' ? `process ${found.broker.pid} at ${found.broker.brokers.join(', ')}` : 'none';
  return { status: 'ok', detail: `${detail}; data in ${folder}, ${readableBytes(found.dataBytes)}` };
}
