// `npm run jars`: writes src/broker/jar-list.ts anew, the SHA-256 of every jar that set-up may fetch for Kafka.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectFolder, runScript } from './bootstrap.mjs';
import { commandLine } from './command-line.mjs';

const HELP = `Usage: npm run jars

Has Maven fetch Kafka's jars, and the plugin that copies them, into an empty folder, held against the SHA-1 that Maven
Central publishes, and writes their lengths and SHA-256 to src/broker/jar-list.ts. Look at the difference before you
commit it: but for a new version in src/broker/maven.ts there must be none.

  --help        this text
`;

const { values } = commandLine({ name: 'npm run jars', options: {}, makes: true });
const list = path.join(projectFolder, 'src', 'broker', 'jar-list.ts');

/** Fetches and writes. */
async function main() {
  const { fetchWithMaven } = await import(new URL('../dist/broker/maven.js', import.meta.url).href);
  const into = fs.mkdtempSync(path.join(os.tmpdir(), 'streamtrain-jars-'));
  /** @type {Map<string, string[]>} */
  const lines = new Map();
  /** @param {string} repository @param {string} holds */
  const check = async (repository, holds) => {
    const names = new Set(fs.readdirSync(into));
    const isWanted = (/** @type {string} */ jar) => holds === 'plugin' || names.has(path.basename(jar));
    lines.set(holds, jarsIn(repository).filter(isWanted).map((jar) => lineOf(repository, jar))); // prettier-ignore
  };
  try {
    await fetchWithMaven({ into, env: process.env, strict: true, check });
  } finally {
    fs.rmSync(into, { recursive: true });
  }
  const [kafka, plugin] = [lines.get('all') ?? [], lines.get('plugin') ?? []];
  fs.writeFileSync(list, textOf(kafka, plugin));
  console.log(`${kafka.length} jars of Kafka and ${plugin.length} of the plugin: ${list}`);
}

/** @param {string} repository @returns {string[]} the jars in it, as the repository names them */
function jarsIn(repository) {
  const names = fs.readdirSync(repository, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.jar')).map((name) => name.split(path.sep).join('/')).sort(); // prettier-ignore
}

/** @param {string} repository @param {string} jar */
function lineOf(repository, jar) {
  const bytes = fs.readFileSync(path.join(repository, jar));
  return `${createHash('sha256').update(bytes).digest('hex')} ${bytes.length} ${jar}`;
}

/** @param {string[]} kafka @param {string[]} plugin */
function textOf(kafka, plugin) {
  return `/** Every jar that set-up may fetch for the embedded Kafka, with its SHA-256; written by \`npm run jars\`. */

/** One jar of a Maven repository. */
export interface MavenJar {
  /** Its place in the repository, with slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What the class path of the embedded Kafka consists of. */
export const KAFKA_JARS = parse(\`
${kafka.join('\n')}
\`);

/** The Maven plugin that copies them, and what it is made of; needed only where Maven fetches them. */
export const PLUGIN_JARS = parse(\`
${plugin.join('\n')}
\`);

/** One jar a line: SHA-256, length, place. */
function parse(text: string): readonly MavenJar[] {
  return text
    .trim()
    .split('\\n')
    .map((line) => {
      const [sha256 = '', bytes = '', place = ''] = line.split(' ');
      return { path: place, bytes: Number(bytes), sha256 };
    });
}
`;
}

if (values.help) console.log(HELP);
else await runScript(main, { quiet: true });
