/** The settings of a small NiFi on this machine: loopback only, no login, everything in its own folder. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { toProperties } from '../../broker/properties.ts';
import { LOOPBACK } from '../../process/index.ts';
import { NIFI } from './parts.ts';

/** Where it works, where its parts are, and where it answers. */
interface ServerPlace {
  readonly folder: string;
  readonly parts: string;
  readonly port: number;
  /** Whether flows run on that ran when it was stopped. Those of a program that has ended would take files, and send to nobody. */
  readonly resumes: boolean;
}

/** Writes all files of settings into `conf`, and puts beside it what NiFi looks for in `lib/bootstrap`. */
export async function writeServerSettings(place: ServerPlace): Promise<void> {
  const { folder, parts } = place;
  const conf = path.join(folder, 'conf');
  for (const name of ['conf', 'extensions', 'lib'])
    await fs.mkdir(path.join(folder, name), { recursive: true });
  await fs.cp(path.join(parts, 'bootstrap'), path.join(folder, 'lib', 'bootstrap'), { recursive: true });
  const files = {
    'nifi.properties': toProperties(serverProperties(place, await sensitiveKey(folder))),
    'state-management.xml': STATE,
    'authorizers.xml': '<authorizers></authorizers>\n',
    'login-identity-providers.xml': '<loginIdentityProviders></loginIdentityProviders>\n',
    'logback.xml': LOG,
  };
  for (const [name, text] of Object.entries(files))
    await fs.writeFile(path.join(conf, name), text, { mode: 0o600 });
}

/** Encrypts passwords in flows. Kept with them, so that a folder that is used again can be read. */
export async function sensitiveKey(folder: string): Promise<string> {
  const file = path.join(folder, 'sensitive.key');
  await fs
    .writeFile(file, randomBytes(24).toString('hex'), { flag: 'wx', mode: 0o600 })
    .catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  return fs.readFile(file, 'utf8');
}

type Properties = Record<string, string | number | boolean>;

/** NiFi has no defaults for most of these: one that is missing stops its start. */
function serverProperties({ parts, port, resumes }: ServerPlace, key: string): Properties {
  return {
    'nifi.version': NIFI.version,
    ...prefixed('nifi.web', {
      ...{ 'http.host': LOOPBACK, 'http.port': port, 'https.host': '', 'https.port': '' },
      ...{ 'jetty.working.directory': 'work/jetty', 'jetty.threads': 20 },
      ...{ 'max.header.size': '16 KB', 'should.send.server.version': false },
    }),
    ...prefixed('nifi.nar', {
      'library.directory': path.join(parts, 'common'),
      'library.directory.server': path.join(parts, 'server'),
      'library.autoload.directory': 'extensions',
      'working.directory': 'work/nar/',
    }),
    ...prefixed('nifi.flow.configuration', {
      ...{ file: 'conf/flow.xml.gz', 'json.file': 'conf/flow.json.gz', 'archive.enabled': false },
    }),
    ...prefixed('nifi', {
      ...{ 'flowcontroller.autoResumeState': resumes, 'flowcontroller.graceful.shutdown.period': '5 sec' },
      ...{ 'flowservice.writedelay.interval': '500 ms', 'administrative.yield.duration': '5 sec' },
      ...{ 'bored.yield.duration': '10 millis', 'templates.directory': 'conf/templates' },
      ...{
        'queue.backpressure.count': 10_000,
        'queue.backpressure.size': '100 MB',
        'queue.swap.threshold': 20_000,
      },
      'authorizer.configuration.file': 'conf/authorizers.xml',
      'login.identity.provider.configuration.file': 'conf/login-identity-providers.xml',
      'documentation.working.directory': 'work/docs/components',
      ...{ 'ui.autorefresh.interval': '5 sec', 'monitor.long.running.task.schedule': '' },
      ...{ 'diagnostics.on.shutdown.enabled': false, 'analytics.predict.enabled': false },
      ...{ 'cluster.is.node': false, 'cluster.protocol.heartbeat.interval': '5 sec' },
      'swap.manager.implementation': 'org.apache.nifi.controller.FileSystemSwapManager',
      // Its start wants the leading dot.
      'database.directory': './database_repository',
      'h2.url.append': ';LOCK_TIMEOUT=25000;WRITE_DELAY=0;AUTO_SERVER=FALSE',
    }),
    ...prefixed('nifi.state.management', {
      ...{ 'configuration.file': 'conf/state-management.xml', 'provider.local': 'local-provider' },
      'embedded.zookeeper.start': false,
    }),
    ...prefixed('nifi.flowfile.repository', {
      implementation: 'org.apache.nifi.controller.repository.WriteAheadFlowFileRepository',
      'wal.implementation': 'org.apache.nifi.wali.SequentialAccessWriteAheadLog',
      ...{ directory: 'flowfile_repository', 'checkpoint.interval': '20 secs', 'always.sync': false },
    }),
    ...prefixed('nifi.content', {
      'repository.implementation': 'org.apache.nifi.controller.repository.FileSystemRepository',
      ...{ 'claim.max.appendable.size': '50 KB', 'repository.directory.default': 'content_repository' },
      ...{ 'repository.archive.enabled': false, 'viewer.url': '../nifi-content-viewer/' },
    }),
    ...prefixed('nifi.provenance.repository', {
      implementation: 'org.apache.nifi.provenance.WriteAheadProvenanceRepository',
      ...{
        'directory.default': 'provenance_repository',
        'max.storage.time': '1 days',
        'max.storage.size': '100 MB',
      },
      ...{ 'rollover.time': '10 mins', 'rollover.size': '10 MB', 'query.threads': 1, 'index.threads': 1 },
      'indexed.fields': 'EventType, FlowFileUUID, Filename, ProcessorID',
      ...{ 'index.shard.size': '50 MB', 'buffer.size': 10_000 },
    }),
    ...prefixed('nifi.components.status', {
      'repository.implementation':
        'org.apache.nifi.controller.status.history.VolatileComponentStatusRepository',
      ...{ 'repository.buffer.size': 100, 'snapshot.frequency': '1 min' },
    }),
    ...prefixed('nifi.remote.input', {
      ...{
        host: '',
        secure: false,
        'socket.port': '',
        'http.enabled': false,
        'http.transaction.ttl': '30 sec',
      },
    }),
    ...{ 'nifi.sensitive.props.key': key, 'nifi.sensitive.props.algorithm': 'NIFI_PBKDF2_AES_GCM_256' },
    'nifi.security.allow.anonymous.authentication': false,
  };
}

function prefixed(prefix: string, properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [`${prefix}.${name}`, value]));
}

const STATE = `<stateManagement><local-provider><id>local-provider</id>
<class>org.apache.nifi.controller.state.providers.local.WriteAheadLocalStateProvider</class>
<property name="Directory">state/local</property><property name="Always Sync">false</property>
<property name="Partitions">4</property><property name="Checkpoint Interval">2 mins</property>
</local-provider></stateManagement>
`;

/** Warnings, and NiFi's own milestones; Jetty warns of each class that it finds twice. */
const LOG = logSettings({
  'org.apache.nifi': 'INFO',
  'org.apache.nifi.web': 'WARN',
  'org.eclipse.jetty': 'ERROR',
});

/** Log to the console, which is our log file. @param loggers levels by name; all others are at WARN */
export function logSettings(loggers: Readonly<Record<string, string>>): string {
  const levels = Object.entries(loggers).map(([name, level]) => `<logger name="${name}" level="${level}"/>`);
  return `<configuration><appender name="OUT" class="ch.qos.logback.core.ConsoleAppender"><encoder>
<pattern>%d{HH:mm:ss.SSS} %level %logger{20} %.-400msg%n</pattern></encoder></appender>
${levels.join('\n')}
<root level="WARN"><appender-ref ref="OUT"/></root></configuration>
`;
}
