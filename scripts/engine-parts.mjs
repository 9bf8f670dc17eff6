// What each engine is made of, by Maven's coordinates; `npm run jars -- flink` turns that into the list in src/engines.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * @typedef {object} PartFolder A folder of an engine.
 * @property {string} [folder] where the files go, inside the engine's own folder; default: that one itself
 * @property {string[]} [whole] `group:artifact:version[:type]`, with all they need at run time
 * @property {string[]} [alone] the same, without what they need
 * @property {RegExp} [without] files that are needed by none of it
 */

const FLINK = '2.0.0';
const NIFI = '1.18.0';

/** @param {string[]} names @param {string} type */
const ofNifi = (names, type = 'jar') => names.map((name) => `org.apache.nifi:nifi-${name}:${NIFI}:${type}`);

/** @type {Record<string, PartFolder[]>} */
export const engineParts = {
  flink: [
    {
      whole: [
        ...['clients', 'table-api-java-bridge', 'table-runtime', 'table-planner-loader'],
        ...['csv', 'json', 'connector-base'],
      ]
        .map((name) => `org.apache.flink:flink-${name}:${FLINK}`)
        .concat(
          'org.apache.flink:flink-sql-connector-kafka:4.0.1-2.0',
          // Without a logger nobody would hear of its errors.
          'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
        ),
      alone: [
        `org.apache.flink:flink-sql-gateway:${FLINK}`,
        `org.apache.flink:flink-sql-gateway-api:${FLINK}`,
      ],
      without: /^(?:icu4j|async-profiler|flink-hadoop-fs|commons-collections-3)/,
    },
  ],
  nifi: [
    {
      // What both ways of running it need: jars lie beside the archives, as NiFi Stateless wants them.
      folder: 'common',
      whole: [
        ...ofNifi(['runtime', 'framework-api', 'server-api', 'stateless-api']),
        'ch.qos.logback:logback-classic:1.2.11',
        ...['jcl-over', 'log4j-over', 'jul-to'].map((name) => `org.slf4j:${name}-slf4j:1.7.36`),
        'javax.servlet:javax.servlet-api:3.1.0',
      ],
      alone: [
        ...ofNifi(['stateless-bootstrap']),
        ...ofNifi(['standard-nar', 'standard-services-api-nar', 'jetty-bundle', 'stateless-nar'], 'nar'),
      ],
    },
    {
      // What Java lost with version 11; Stateless looks for it in a folder of this name.
      folder: 'common/java11',
      whole: ['org.glassfish.jaxb:jaxb-runtime:2.3.2', 'javax.annotation:javax.annotation-api:1.3.2'],
    },
    { folder: 'server', alone: ofNifi(['framework-nar', 'server-nar', 'provenance-repository-nar'], 'nar') },
    {
      folder: 'bootstrap',
      whole: ofNifi(['properties-loader']),
      alone: ['org.apache.commons:commons-lang3:3.12.0'],
    },
  ],
};

const ALONE = '-DexcludeTransitive=true';
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/**
 * Has Maven fetch an engine's parts, held against the SHA-1 that the repository publishes.
 *
 * @param {string} engine
 * @returns {string[]} one file a line: SHA-256, length, place, folder
 */
export function linesOf(engine) {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'streamtrain-engine-'));
  try {
    const lines = (engineParts[engine] ?? []).flatMap(({ folder, whole = [], alone = [], without }, at) => {
      const into = path.join(work, `parts-${at}`);
      if (whole.length > 0) copy(work, into, whole, '-DincludeScope=runtime');
      if (alone.length > 0) copy(work, into, alone, ALONE);
      return fs
        .readdirSync(into, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(?:jar|nar)$/.test(name) && !without?.test(path.basename(name)))
        .map((name) => lineOf(into, name, folder));
    });
    return [...new Set(lines)].sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1));
  } finally {
    fs.rmSync(work, { recursive: true });
  }
}

/** @param {string} line */
const placeOf = (line) => line.split(' ').slice(2).join(' ');

/** @param {string} work @param {string} into @param {string[]} coordinates @param {string} how */
function copy(work, into, coordinates, how) {
  const pom = path.join(work, 'pom.xml');
  // What a thing alone needs is not even looked for: of archives, some of it is in no repository.
  const all = '<exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>';
  const without = how === ALONE ? `<exclusions>${all}</exclusions>` : '';
  const dependencies = coordinates.map((one) => {
    const [group, artifact, version, type = 'jar'] = one.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version><type>${type}</type>${without}</dependency>`;
  });
  fs.writeFileSync(
    pom,
    `<project><modelVersion>4.0.0</modelVersion><groupId>streamtrain</groupId><artifactId>parts</artifactId><version>1</version><packaging>pom</packaging><dependencies>${dependencies.join('')}</dependencies></project>`,
  );
  const settings = ['-q', '-B', '-C', '-f', pom, `-Dmaven.repo.local=${path.join(work, 'repository')}`];
  const goal = [
    `${PLUGIN}:copy-dependencies`,
    how,
    '-Dmdep.useRepositoryLayout=true',
    '-Dmdep.copyPom=false',
  ];
  const { status } = spawnSync('mvn', [...settings, ...goal, `-DoutputDirectory=${into}`], {
    stdio: 'inherit',
    windowsHide: true,
  });
  if (status !== 0) throw new Error(`mvn ended with ${status}`);
}

/** @param {string} into @param {string} name @param {string | undefined} folder */
function lineOf(into, name, folder) {
  const bytes = fs.readFileSync(path.join(into, name));
  const place = name.split(path.sep).join('/');
  const digest = createHash('sha256').update(bytes).digest('hex');
  return [digest, bytes.length, place, ...(folder === undefined ? [] : [folder])].join(' ');
}
