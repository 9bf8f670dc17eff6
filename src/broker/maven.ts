/** Has Maven fetch Kafka's jars, where only Maven knows the way: mirrors, proxies and logins of `~/.m2/settings.xml`. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../install/command.ts';
import { ToolMissingError } from '../install/errors.ts';
import { platform } from '../platform.ts';
import { checkRepository } from './jar-check.ts';
import { KAFKA_JARS, PLUGIN_JARS } from './jar-list.ts';
import { findOnPath } from './java.ts';

/** The Kafka server we fetch; the last of the 4.1 line. */
export const KAFKA_VERSION = '4.1.1';

/** A Kafka server, the tool that formats its disk, and the logger of Kafka's own distribution; all else follows. */
const DEPENDENCIES = [
  `org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`,
  `org.apache.kafka:kafka-tools:${KAFKA_VERSION}`,
  'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
];

/** What copies jars out of Maven's hands. */
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** Where to, and with what. */
interface FetchWithMavenOptions {
  /** An existing empty folder; receives the jars. */
  into: string;
  env: NodeJS.ProcessEnv;
  /** Called with Maven's repository when the plugin is in it and did not run yet, and when all is. Default: our list decides. */
  check?: (repository: string, holds: 'plugin' | 'all') => Promise<void>;
  /** Refuse what does not match the checksums that the repository itself publishes. Default false, as ours are better. */
  strict?: boolean;
}

/** Where `mvn` is. */
export function findMaven(env: NodeJS.ProcessEnv): string | undefined {
  return findOnPath(platform.script('mvn'), env);
}

/**
 * Has Maven copy the jars; the user's Maven settings apply. Maven's own repository is put in a temporary folder, so that
 * nothing in the user's home is touched. First Maven fetches the plugin that it needs for it without running it (as an
 * extension of a project that does nothing), and only if all of it is as in our list, the plugin runs.
 *
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`) when a jar of the plugin or of Kafka is not as in our list
 * @throws {@link ToolMissingError}, {@link CommandError}, {@link DiskFullError}
 */
export async function fetchWithMaven(options: FetchWithMavenOptions): Promise<void> {
  const { into, env, check = compareWithList, strict = false } = options;
  const program = findMaven(env);
  if (program === undefined) throw noMaven();
  const work = await fs.mkdtemp(`${into}.maven-`);
  const repository = path.join(work, 'repository');
  const maven = async (name: string, pom: string, ...args: string[]) => {
    const file = path.join(work, `${name}.xml`);
    await fs.writeFile(file, pom);
    const settings = ['-q', '-B', ...(strict ? ['-C'] : []), '-f', file, `-Dmaven.repo.local=${repository}`];
    await runCommand(program, [...settings, ...args], {
      what: `fetch Kafka ${KAFKA_VERSION} with Maven`,
      toDo: 'Check the network and the mirrors in ~/.m2/settings.xml, then run again.',
      env,
      timeoutMs: 15 * 60_000,
    });
  };
  try {
    await maven(
      'plugin',
      pomWith(`<build><extensions>${element('extension', PLUGIN)}</extensions></build>`),
      'validate',
    );
    await check(repository, 'plugin');
    const dependencies = DEPENDENCIES.map((dependency) => element('dependency', dependency)).join('');
    const goal = `${PLUGIN}:copy-dependencies`;
    await maven(
      'kafka',
      pomWith(`<dependencies>${dependencies}</dependencies>`),
      goal,
      `-DoutputDirectory=${into}`,
    );
    await check(repository, 'all');
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}

async function compareWithList(repository: string, holds: 'plugin' | 'all'): Promise<void> {
  if (holds === 'plugin')
    await checkRepository(repository, PLUGIN_JARS, "run the Maven plugin that copies Kafka's jars");
  else
    await checkRepository(
      repository,
      [...PLUGIN_JARS, ...KAFKA_JARS],
      `use Kafka ${KAFKA_VERSION} from Maven`,
    );
}

function noMaven(): ToolMissingError {
  return new ToolMissingError({
    what: `fetch Kafka ${KAFKA_VERSION} with Maven`,
    tried: ['mvn on PATH'],
    answered: 'mvn: no such program',
    toDo: howToGetMaven(),
  });
}

/** The one command that brings Maven. */
export function howToGetMaven(): string {
  const command = platform.name === 'darwin' ? 'brew install maven' : 'sudo apt-get install maven';
  return `Install Maven ("${command}"), which knows your network's mirror from ~/.m2/settings.xml`;
}

/** A project without code. */
function pomWith(content: string): string {
  return (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>streamtrain</groupId>' +
    `<artifactId>kafka-server-jars</artifactId><version>1</version><packaging>pom</packaging>${content}</project>\n`
  );
}

/** `group:artifact:version` in Maven's XML. */
function element(name: 'dependency' | 'extension', coordinates: string): string {
  const [group, artifact, version] = coordinates.split(':');
  return `<${name}><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></${name}>`;
}
