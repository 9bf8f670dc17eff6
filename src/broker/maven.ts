/** Fetches the Kafka server's jars with Maven. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../install/command.ts';
import { ToolMissingError } from '../install/errors.ts';
import { findOnPath } from './java.ts';
import { KAFKA_VERSION, LOG4J_VERSION, SCALA_VERSION } from './kafka-version.ts';

/** A project without code whose dependencies are a Kafka server, the tool that formats its disk, and a logger. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>streamtrain</groupId>
  <artifactId>kafka-server-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_${SCALA_VERSION}</artifactId><version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

/** Where to, and with what. */
export interface FetchJarsOptions {
  /** An existing empty folder on the cache's disk; receives the jars. */
  into: string;
  env: NodeJS.ProcessEnv;
  log?: (line: string) => void;
}

/**
 * Has Maven copy the jars; the user's Maven settings (mirrors, proxies) apply. Maven's own local repository is put in
 * a temporary folder, so that nothing in the user's home is touched.
 *
 * @throws {@link ToolMissingError}, {@link CommandError}, {@link DiskFullError}
 */
export async function fetchWithMaven({ into, env, log }: FetchJarsOptions): Promise<void> {
  const program = findOnPath(process.platform === 'win32' ? 'mvn.cmd' : 'mvn', env);
  if (program === undefined) {
    throw new ToolMissingError({
      what: `fetch Kafka ${KAFKA_VERSION} with Maven`,
      tried: 'mvn on PATH',
      answered: 'mvn: no such program',
      toDo: 'Install Maven; or let the Apache archive be used, which needs nothing but tar.',
    });
  }
  log?.(`fetching Kafka ${KAFKA_VERSION} with Maven (54 MB)`);
  const work = `${into}.maven`;
  await fs.mkdir(work);
  try {
    const pom = path.join(work, 'pom.xml');
    await fs.writeFile(pom, POM);
    const goal = 'dependency:copy-dependencies';
    const settings = [`-DoutputDirectory=${into}`, `-Dmaven.repo.local=${path.join(work, 'repository')}`];
    await runCommand(program, ['-q', '-B', '-f', pom, goal, ...settings], {
      what: `fetch Kafka ${KAFKA_VERSION} with Maven`,
      toDo: 'Check the network and the mirrors in ~/.m2/settings.xml, then run again.',
      env,
      timeoutMs: 15 * 60_000,
    });
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}
