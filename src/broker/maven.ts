/** Has Maven fetch jars, Kafka's and those of engines, where only Maven knows the way: mirrors, proxies and logins of `~/.m2/settings.xml`. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../install/command.ts';
import { ChecksumError, ToolMissingError } from '../install/errors.ts';
import { faultOf, nameOf, type MavenFile } from '../install/maven-files.ts';
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
 * Has Maven copy Kafka's jars.
 *
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`) when a jar of the plugin or of Kafka is not as in our list
 * @throws {@link ToolMissingError}, {@link CommandError}, {@link DiskFullError}
 */
export async function fetchWithMaven(options: FetchWithMavenOptions): Promise<void> {
  const { into, env, check = compareWithList, strict = false } = options;
  const title = `Kafka ${KAFKA_VERSION}`;
  await asMaven({ title, beside: into, env, strict, check }, async (copy, repository) => {
    await copy(
      DEPENDENCIES.map((dependency) => element('dependency', dependency)),
      `-DoutputDirectory=${into}`,
    );
    await check(repository, 'all');
  });
}

/** What {@link copyWithMaven} is given. */
interface CopyWithMavenOptions {
  files: readonly MavenFile[];
  /** `Apache Flink 2.0.0`. */
  title: string;
  /** An existing folder; what is in it, whole, is replaced by the same. */
  into: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Has Maven fetch the files of one of our lists, and nothing that these would need besides. None is used that is not as in
 * the list.
 *
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`), {@link ToolMissingError}, {@link CommandError}, {@link DiskFullError}
 */
export async function copyWithMaven({ files, title, into, env }: CopyWithMavenOptions): Promise<void> {
  await asMaven({ title, beside: into, env, check: compareWithList }, async (copy, repository) => {
    const found = path.join(path.dirname(repository), 'found');
    // Of archives, some of what they would need is in no repository.
    const alone =
      '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';
    const wanted = new Map(files.map((file) => [file.path, coordinatesOf(file)]));
    await copy(
      [...wanted.values()].map((coordinates) => element('dependency', coordinates, alone)),
      ...['-DexcludeTransitive=true', '-Dmdep.useRepositoryLayout=true', '-Dmdep.copyPom=false'],
      `-DoutputDirectory=${found}`,
    );
    for (const file of files) {
      const fault = await faultOf(path.join(found, file.path), file);
      if (fault !== undefined)
        throw new ChecksumError({
          ...{ what: `use ${title} from Maven`, tried: [file.path] },
          answered: `${path.basename(file.path)}: ${fault}`,
          toDo: 'Something between you and Maven Central altered the file (a mirror, a proxy): tell whoever runs it.',
        });
    }
    for (const file of files) {
      const place = path.join(into, nameOf(file));
      await fs.mkdir(path.dirname(place), { recursive: true });
      await fs.copyFile(path.join(found, file.path), place);
    }
  });
}

/** `group:artifact:version:type` of a file, by its place in a repository. */
function coordinatesOf({ path: place }: MavenFile): string {
  const folders = path.posix.dirname(place).split('/');
  const [version, artifact] = [folders.pop(), folders.pop()];
  return [folders.join('.'), artifact, version, path.posix.extname(place).slice(1)].join(':');
}

/** How Maven is used. */
interface MavenUse {
  /** What it fetches: `Kafka 4.1.1`. */
  readonly title: string;
  /** The folder beside which it works. */
  readonly beside: string;
  readonly env: NodeJS.ProcessEnv;
  readonly strict?: boolean;
  readonly check: NonNullable<FetchWithMavenOptions['check']>;
}

/** Has the plugin copy these dependencies, with further arguments for it. */
type Copy = (dependencies: readonly string[], ...args: readonly string[]) => Promise<void>;

/**
 * Uses Maven as the user has set it up. Its own repository is put in a temporary folder, so that nothing in the user's home is
 * touched. First Maven fetches the plugin that copies without running it (as an extension of a project that does nothing),
 * and only if all of it is as in our list, the plugin runs.
 */
async function asMaven(
  { title, beside, env, strict = false, check }: MavenUse,
  use: (copy: Copy, repository: string) => Promise<void>,
): Promise<void> {
  const program = findMaven(env);
  if (program === undefined) throw noMaven(title);
  const work = await fs.mkdtemp(`${beside}.maven-`);
  const repository = path.join(work, 'repository');
  const maven = async (name: string, pom: string, ...args: readonly string[]) => {
    const file = path.join(work, `${name}.xml`);
    await fs.writeFile(file, pom);
    const settings = ['-q', '-B', ...(strict ? ['-C'] : []), '-f', file, `-Dmaven.repo.local=${repository}`];
    await runCommand(program, [...settings, ...args], {
      what: `fetch ${title} with Maven`,
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
    const goal = `${PLUGIN}:copy-dependencies`;
    await use(
      (dependencies, ...args) =>
        maven('files', pomWith(`<dependencies>${dependencies.join('')}</dependencies>`), goal, ...args),
      repository,
    );
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}

async function compareWithList(repository: string, holds: 'plugin' | 'all'): Promise<void> {
  if (holds === 'plugin')
    await checkRepository(repository, PLUGIN_JARS, 'run the Maven plugin that copies jars');
  else
    await checkRepository(
      repository,
      [...PLUGIN_JARS, ...KAFKA_JARS],
      `use Kafka ${KAFKA_VERSION} from Maven`,
    );
}

function noMaven(title: string): ToolMissingError {
  return new ToolMissingError({
    what: `fetch ${title} with Maven`,
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
    `<artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>${content}</project>\n`
  );
}

/** `group:artifact:version`, with its type if that is not `jar`, in Maven's XML. */
function element(name: 'dependency' | 'extension', coordinates: string, more = ''): string {
  const [group, artifact, version, type = 'jar'] = coordinates.split(':');
  const ofType = type === 'jar' ? '' : `<type>${type}</type>`;
  return `<${name}><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${ofType}${more}</${name}>`;
}
