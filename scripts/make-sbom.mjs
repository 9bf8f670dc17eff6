// `npm run sbom`: what everything here is made of, as one CycloneDX file: npm and Python packages, Kafka's jars, and
// the parts of the engines beside it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNpm, projectFolder, runScript } from './bootstrap.mjs';
import { commandLine } from './command-line.mjs';

const HELP = `Usage: npm run sbom -- [options]

Writes a software bill of materials, streamtrain-VERSION.cdx.json (CycloneDX 1.5), to .streamtrain/packages: the npm packages
of package-lock.json but those for development, as "npm sbom" lists them, the Python packages of scripts/python/locked.txt,
the jars of src/broker/jar-list.ts, and the parts of the engines beside Kafka, which are fetched on request only (src/engines),
each with its digests. "npm run pack" writes it, too.

Not in it, but held to digests in the code: native TensorFlow, and where they are missing Java and a C++ compiler. Spark is
listed as the one archive that is fetched, not the jars in it.

  --to FOLDER   put it there instead
  --help        this text
`;

/**
 * @typedef {object} Component
 * @property {string} [bom-ref]
 * @property {string} type
 * @property {string} [group]
 * @property {string} name
 * @property {string} version
 * @property {string} purl
 * @property {{ alg: string, content: string }[]} hashes
 */

/**
 * @typedef {object} Dependency
 * @property {string} ref
 * @property {string[]} dependsOn
 */

/**
 * Writes the file.
 *
 * @param {string} to its folder
 * @returns {Promise<string>} its path
 */
export async function makeSbom(to) {
  const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
  const how = { cwd: projectFolder, maxBuffer: 1 << 26 };
  const bom = JSON.parse(
    execFileSync(process.execPath, [findNpm(), ...args], { ...how, encoding: 'utf8', windowsHide: true }),
  );
  // With `--omit=dev` npm (10 and 11) leaves out as well what is needed for development and for use.
  const own = bom.metadata.component['bom-ref'];
  const kept = new Set([own, ...usedPackages()]);
  const isKept = (/** @type {string} */ ref) => kept.has(ref);
  bom.components = bom.components.filter((/** @type {Component} */ one) => isKept(one['bom-ref'] ?? ''));
  bom.dependencies = bom.dependencies
    .filter((/** @type {Dependency} */ { ref }) => isKept(ref))
    .map((/** @type {Dependency} */ { ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isKept) }));
  const { name, version } = JSON.parse(fs.readFileSync(path.join(projectFolder, 'package.json'), 'utf8'));
  bom.metadata.component.name = name; // npm takes the folder's
  /** @type {Component[]} */
  const others = [...pythonPackages(), ...(await mavenFiles()), ...(await enginePackages())];
  const refs = others.map(({ purl }) => purl);
  bom.components.push(...others.map((component) => ({ 'bom-ref': component.purl, ...component })));
  for (const dependency of bom.dependencies) if (dependency.ref === own) dependency.dependsOn.push(...refs);
  bom.dependencies.push(...refs.map((ref) => ({ ref, dependsOn: [] })));
  fs.mkdirSync(to, { recursive: true });
  const file = path.join(to, `${name}-${version}.cdx.json`);
  fs.writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
  return file;
}

/** @returns {string[]} the references of npm packages that are not for development alone */
function usedPackages() {
  const { packages } = JSON.parse(fs.readFileSync(path.join(projectFolder, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([place, { dev }]) => place !== '' && !dev)
    .map(([place, { name = place.replace(/.*node_modules\//, ''), version }]) => `${name}@${version}`);
}

/** @returns {Component[]} each with the digests of all its files: one a platform */
function pythonPackages() {
  const text = fs.readFileSync(path.join(projectFolder, 'scripts', 'python', 'locked.txt'), 'utf8');
  const requirements = text.replace(/^#.*$/gm, '').replace(/\\\n/g, ' ').split('\n');
  return requirements
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, name = '', version = ''] = /^([\w.-]+)==(\S+)/.exec(line) ?? [];
      const hashes = [...line.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map(([, content = '']) =>
        sha256(content),
      );
      if (version === '' || hashes.length === 0)
        throw new Error(`scripts/python/locked.txt: "${line}" is no pin.`);
      return { type: 'library', name, version, purl: `pkg:pypi/${name}@${version}`, hashes };
    });
}

/**
 * Files of a Maven repository: Kafka's jars, and the engines' parts. One that several are made of is there once.
 *
 * @returns {Promise<Component[]>}
 */
async function mavenFiles() {
  const { KAFKA_JARS } = await fromDist('broker/jar-list.js');
  /** @type {{ path: string, sha256: string }[]} */
  const files = [...KAFKA_JARS, ...(await engines()).flatMap(({ files }) => files)];
  const found = new Map(
    files.map(({ path: place, sha256: digest }) => {
      const folders = path.posix.dirname(place).split('/');
      const [version = '', name = ''] = [folders.pop(), folders.pop()];
      const group = folders.join('.');
      const type = path.posix.extname(place).slice(1);
      const purl = `pkg:maven/${group}/${name}@${version}${type === 'jar' ? '' : `?type=${type}`}`;
      return [place, { type: 'library', group, name, version, purl, hashes: [sha256(digest)] }];
    }),
  );
  return [...found.values()];
}

/** What engines are made of besides, such as Spark's Python package. @returns {Promise<Component[]>} */
async function enginePackages() {
  return (await engines())
    .flatMap(({ besides = [] }) => besides)
    .map(({ purl, sha256: digest }) => {
      const [, name = '', version = ''] = /([^/]+)@(.+)$/.exec(purl) ?? [];
      return { type: 'library', name, version, purl, hashes: [sha256(digest)] };
    });
}

/**
 * @typedef {object} EngineParts
 * @property {{ path: string, sha256: string }[]} files
 * @property {{ purl: string, sha256: string }[]} [besides]
 */

/** @returns {Promise<EngineParts[]>} */
async function engines() {
  const [{ FLINK }, { NIFI }, { SPARK }] = await Promise.all(
    ['flink/start.js', 'nifi/parts.js', 'spark/pyspark.js'].map((file) => fromDist(`engines/${file}`)),
  );
  return [FLINK, NIFI, SPARK];
}

/** @param {string} place */
function fromDist(place) {
  return import(new URL(`../dist/${place}`, import.meta.url).href);
}

/** @param {string} content */
function sha256(content) {
  return { alg: 'SHA-256', content };
}

/** The command. */
async function main() {
  const { values } = commandLine({ name: 'npm run sbom', options: { to: { type: 'string' } }, makes: true });
  if (values.help) return console.log(HELP);
  await runScript(
    async () => {
      const to = path.resolve(values.to ?? path.join(projectFolder, '.streamtrain', 'packages'));
      console.log(await makeSbom(to));
    },
    { quiet: true },
  );
}

if (process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
