// `npm run sbom`: what everything here is made of, as one CycloneDX file: npm packages, Python packages, Kafka's jars.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNpm, projectFolder, runScript } from './bootstrap.mjs';
import { commandLine } from './command-line.mjs';

const HELP = `Usage: npm run sbom -- [options]

Writes a software bill of materials, streamtrain-VERSION.cdx.json (CycloneDX 1.5), to .streamtrain/packages: the npm packages
of package-lock.json but those for development, as "npm sbom" lists them, the Python packages of scripts/python/locked.txt,
and the jars of src/broker/jar-list.ts, each with its digests. "npm run pack" writes it, too.

Not in it, but held to digests in the code: native TensorFlow, and where they are missing Java and a C++ compiler.

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
  const others = [...pythonPackages(), ...(await jars())];
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

/** @returns {Promise<Component[]>} */
async function jars() {
  const { KAFKA_JARS } = await import(new URL('../dist/broker/jar-list.js', import.meta.url).href);
  return KAFKA_JARS.map((/** @type {{ path: string, sha256: string }} */ jar) => {
    const folders = path.posix.dirname(jar.path).split('/');
    const [version = '', name = ''] = [folders.pop(), folders.pop()];
    const group = folders.join('.');
    const purl = `pkg:maven/${group}/${name}@${version}`;
    return { type: 'library', group, name, version, purl, hashes: [sha256(jar.sha256)] };
  });
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
