// `npm run jars`: writes the lists of what is fetched from a Maven repository anew, with the SHA-256 of every file: for
// Kafka src/broker/jar-list.ts, for an engine src/engines/<engine>/part-list.ts.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectFolder, runScript } from './bootstrap.mjs';
import { commandLine, wrongUsage } from './command-line.mjs';
import { engineParts, linesOf } from './engine-parts.mjs';

const HELP = `Usage: npm run jars [-- <engine>]

Without an engine:
Has Maven fetch Kafka's jars, and the plugin that copies them, into an empty folder, held against the SHA-1 that Maven
Central publishes, and writes their lengths and SHA-256 to src/broker/jar-list.ts. Look at the difference before you
commit it: but for a new version in src/broker/maven.ts there must be none.

With one (${Object.keys(engineParts).join(', ')}): the same for what scripts/engine-parts.mjs says it is made of, written to
src/engines/<engine>/part-list.ts.

  --help        this text
`;

const { values, positionals } = commandLine({ name: 'npm run jars', options: {}, words: 1, makes: true });
const [engine] = positionals;
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

/** Fetches and writes the parts of an engine. @param {string} name */
async function engineMain(name) {
  const lines = linesOf(name);
  const file = path.join(projectFolder, 'src', 'engines', name, 'part-list.ts');
  fs.writeFileSync(
    file,
    `/** Every file that is fetched for ${name} from a Maven repository, with its SHA-256; written by \`npm run jars -- ${name}\`. */

import { parseMavenFiles } from '../../install/maven-files.ts';

/** All of them. */
export const ${name.toUpperCase()}_FILES = parseMavenFiles(\`
${lines.join('\n')}
\`);
`,
  );
  console.log(`${lines.length} files: ${file}`);
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

import { parseMavenFiles } from '../install/maven-files.ts';

/** What the class path of the embedded Kafka consists of. */
export const KAFKA_JARS = parseMavenFiles(\`
${kafka.join('\n')}
\`);

/** The Maven plugin that copies them, and what it is made of; needed only where Maven fetches them. */
export const PLUGIN_JARS = parseMavenFiles(\`
${plugin.join('\n')}
\`);
`;
}

if (values.help) console.log(HELP);
else if (engine !== undefined && !Object.hasOwn(engineParts, engine))
  wrongUsage(
    'npm run jars',
    ['help'],
    `No engine is called "${engine}": ${Object.keys(engineParts).join(', ')}.`,
  );
else if (engine !== undefined) await engineMain(engine);
else await runScript(main, { quiet: true });
