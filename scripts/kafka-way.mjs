// Whether Kafka can be had at all, asked before anything is downloaded: on a closed network a fresh clone should not learn
// after a gigabyte that one program is missing. A plain script, because it runs before there are packages or `dist`;
// src/broker/jars.ts asks the same for those who have both.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const CENTRAL = 'https://repo.maven.apache.org/maven2';

/** A closed network often swallows what is sent out: so long nothing is heard, ms. */
const ANSWER_MS = 10_000;

/**
 * @param {string} project the clone's folder
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<void>} rejects with a sentence that names the command that helps
 */
export async function requireWayToKafka(project, env) {
  if (env['STREAMTRAIN_BROKERS'] || env['KAFKA_HOME'] || hasMaven(env)) return;
  const list = fs.readFileSync(path.join(project, 'src', 'broker', 'jar-list.ts'), 'utf8');
  const [, jar = ''] = /^[0-9a-f]{64} \d+ (\S+)$/m.exec(list) ?? [];
  const [, version = ''] = /kafka-clients-([\d.]+)\.jar$/m.exec(list) ?? [];
  const base = env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  const caches = [path.join(base, 'streamtrain'), path.join(project, '.streamtrain', 'cache')];
  if (caches.some((cache) => fs.existsSync(path.join(cache, `kafka-${version}`)))) return;
  if (/^\w+:\/\/[^/]*@/.test(env['STREAMTRAIN_MAVEN_URL'] ?? ''))
    throw new Error(
      'STREAMTRAIN_MAVEN_URL holds a login, which messages and logs would show: nothing was downloaded yet.\n' +
        '  To do:    Unset it, install Maven, and put mirror and login into ~/.m2/settings.xml.',
    );
  const url = `${(env['STREAMTRAIN_MAVEN_URL'] || CENTRAL).replace(/\/+$/, '')}/${jar}`;
  const refusal = await ask(url);
  if (refusal === undefined) return;
  const command = process.platform === 'darwin' ? 'brew install maven' : 'sudo apt-get install maven';
  throw new Error(
    `There is no way to Kafka ${version} from here; nothing was downloaded yet.\n` +
      `  Tried:    ${url}\n            mvn on PATH\n` +
      `  Answered: ${refusal}\n            mvn: no such program\n` +
      `  To do:    Install Maven ("${command}"), which knows your network's mirror from ~/.m2/settings.xml, and run again;\n` +
      '            or set STREAMTRAIN_MAVEN_URL to a mirror of Maven Central, KAFKA_HOME to an unpacked Kafka 4, or\n' +
      '            STREAMTRAIN_BROKERS to a Kafka that runs elsewhere (host:port).',
  );
}

/** @param {string} url @returns {Promise<string | undefined>} what is wrong with the answer */
async function ask(url) {
  try {
    const { ok, status } = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
    // Some mirrors refuse HEAD and allow downloads: the error of the download is reported then.
    return ok || status === 403 || status === 405 ? undefined : `HTTP ${status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message || cause.name : String(cause);
  }
}

/** @param {NodeJS.ProcessEnv} env */
function hasMaven(env) {
  const name = process.platform === 'win32' ? 'mvn.cmd' : 'mvn';
  const folders = (env['PATH'] ?? '').split(path.delimiter);
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, name)));
}
