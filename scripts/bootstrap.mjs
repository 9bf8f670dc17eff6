// Brings a fresh clone to the point where our own compiled code can be imported; needs Node and npm, nothing else.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { alone } from './bootstrap-lock.mjs';
import { compile, isWhole } from './compile.mjs';
import { requireWayToKafka } from './kafka-way.mjs';

/** The project's folder. */
export const projectFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const nodeModules = path.join(projectFolder, 'node_modules');
const lockFile = path.join(projectFolder, '.streamtrain', 'bootstrap.lock');

/**
 * Installs the JavaScript packages, links the project under its own name and compiles `src` into `dist`; each only
 * when it is missing, damaged or out of date. Prints one line a step unless `quiet` and there was nothing to do.
 *
 * Every script calls this first, then imports the rest from `../dist/`.
 *
 * @param {{ quiet?: boolean, build?: boolean, compiled?: boolean, native?: boolean, kafka?: boolean }} [options] `quiet`: say nothing about what
 *   is already there; `build`: compile also when nothing has changed; `compiled`: false leaves `dist` alone;
 *   `native`: what follows needs native TensorFlow and JupyterLab; `kafka`: and Kafka, as `native` says where it is left out
 * @returns {Promise<void>}
 */
export async function bootstrap(options = {}) {
  const { quiet = false, build = false, compiled = true, native = false, kafka = native } = options;
  requireNode();
  if (native) requireUnix(process.platform);
  process.chdir(projectFolder);
  const sources = compiled ? sourcesDigest() : '';
  const isCompiled = () => !compiled || (!build && isWhole(projectFolder, sources));
  if (packagesMatchLock() && isLinked() && isCompiled()) {
    if (!quiet) {
      for (const title of ['JavaScript packages', 'Compile src into dist']) printStep(title, 'already there');
    }
    return;
  }
  if (kafka && !packagesMatchLock()) await requireWayToKafka(projectFolder, process.env);
  await alone(lockFile, async () => {
    await step('JavaScript packages', packagesMatchLock(), installPackages);
    linkProject();
    if (compiled)
      await step('Compile src into dist', isCompiled(), () => compile({ projectFolder, sources, run }));
  });
}

/**
 * Runs a script's main function: bootstraps, calls it, and turns whatever it throws into a readable message and exit
 * code 1 (the stack only with `STREAMTRAIN_DEBUG=1`).
 *
 * @param {() => Promise<number | void>} main resolves to the exit code, default 0
 * @param {Parameters<typeof bootstrap>[0]} [options] see {@link bootstrap}
 * @returns {Promise<void>}
 */
export async function runScript(main, options = {}) {
  try {
    await bootstrap(options);
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const showStack = process.env['STREAMTRAIN_DEBUG'] && error instanceof Error;
    console.error(`\n✗ ${showStack ? error.stack : message}\n`);
    process.exitCode = 1;
  }
}

/**
 * Starts Node in the project's folder and waits for its end.
 *
 * @param {string[]} args Node's arguments
 * @param {{ capture?: boolean, env?: NodeJS.ProcessEnv }} [options] `capture`: keep the output back
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function runNode(args, { capture = false, env = process.env } = {}) {
  const stdio = capture ? 'pipe' : 'inherit';
  const child = spawn(process.execPath, args, { cwd: projectFolder, env, stdio, windowsHide: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  return { code, output };
}

/**
 * Where npm's command-line program is: the npm that runs us, the one beside this Node, or the first on PATH.
 *
 * @returns {string} path of `npm-cli.js`
 */
export function findNpm() {
  const beside = path.dirname(process.execPath);
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'npm'));
  const candidates = [
    process.env['npm_execpath'] ?? '',
    path.join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...onPath,
  ];
  for (const candidate of candidates) {
    if (candidate === '' || !fs.existsSync(candidate)) continue;
    const real = fs.realpathSync(candidate);
    if (path.basename(real) === 'npm-cli.js') return real;
  }
  throw new Error(
    `npm was not found. Tried: $npm_execpath, beside ${process.execPath}, and every folder of PATH. ` +
      'Install Node.js 20.19 or newer from https://nodejs.org (it brings npm), then run "npm start" again.',
  );
}

/** Stops with a plain sentence on a Node that is too old. */
function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(
    `Node ${process.version} is too old: this project needs Node 20.19 or newer (22, 24 and 26 are fine). ` +
      'Install a newer one from https://nodejs.org, then run the same command again.',
  );
}

/**
 * Native Windows is refused before anything is fetched: training and the course do not run there.
 *
 * @param {NodeJS.Platform} platform
 */
export function requireUnix(platform) {
  if (platform !== 'win32') return;
  throw new Error(
    'On Windows the course and its training run in WSL2, not natively: see "On Windows" in README.md (in short: ' +
      '"wsl --install", then clone and "npm start" in the Linux that it opens). Kafka data sets, the kernel and the ' +
      'command line against a broker that runs elsewhere work natively, too.',
  );
}

/**
 * Whether node_modules holds what the lock file asks for; npm writes `.package-lock.json` as its very last act, so an
 * interrupted installation never passes.
 */
function packagesMatchLock() {
  try {
    const wanted = readPackages(path.join(projectFolder, 'package-lock.json'));
    const found = readPackages(path.join(nodeModules, '.package-lock.json'));
    return Object.entries(wanted).every(([name, entry]) => {
      if (name === '' || entry.optional || entry.peer) return true;
      return found[name]?.version === entry.version && found[name]?.integrity === entry.integrity;
    });
  } catch {
    return false;
  }
}

/**
 * @param {string} lockFile a package-lock.json
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, peer?: boolean }>}
 */
function readPackages(lockFile) {
  return JSON.parse(fs.readFileSync(lockFile, 'utf8')).packages;
}

/** Installs the locked packages without their install scripts; native TensorFlow has a step of its own. */
async function installPackages() {
  const cache = npmCacheIsWritable()
    ? []
    : ['--cache', path.join(projectFolder, '.streamtrain', 'npm-cache')];
  if (cache.length > 0) console.log(`  npm's cache folder is not writable; using ${cache[1]}`);
  await run(
    process.execPath,
    [findNpm(), 'ci', '--ignore-scripts', '--no-audit', '--no-fund', ...cache],
    'install the JavaScript packages (npm ci)',
    'Check the network and the proxy settings ("npm config list"), the free disk space ("df -h ."), then run again.',
  );
}

/** Whether npm can write its usual cache folder. */
function npmCacheIsWritable() {
  const folder = process.env['npm_config_cache'] ?? path.join(os.homedir(), '.npm');
  try {
    fs.mkdirSync(folder, { recursive: true });
    const probe = path.join(folder, `.streamtrain-${process.pid}`);
    fs.writeFileSync(probe, '');
    fs.unlinkSync(probe);
    return true;
  } catch {
    return false;
  }
}

/** Whether `import 'streamtrain'` finds this folder through node_modules. */
function isLinked() {
  const link = path.join(nodeModules, 'streamtrain');
  return fs.existsSync(link) && fs.realpathSync(link) === fs.realpathSync(projectFolder);
}

/** Makes the project importable by its own name, also for tools that do not know package self-reference. */
function linkProject() {
  if (isLinked()) return;
  const link = path.join(nodeModules, 'streamtrain');
  fs.rmSync(link, { recursive: true, force: true });
  fs.symlinkSync(process.platform === 'win32' ? projectFolder : '..', link, 'junction');
}

/** One digest over everything that decides what `dist` holds. */
function sourcesDigest() {
  const hash = createHash('sha256').update(process.platform);
  const files = fs
    .readdirSync(path.join(projectFolder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|json)$/.test(file))
    .map((file) => path.join('src', file));
  for (const file of ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', ...files.sort()]) {
    hash.update(`\0${file}\0`).update(fs.readFileSync(path.join(projectFolder, file)));
  }
  return hash.digest('hex');
}

/**
 * @param {string} title
 * @param {boolean} isThere
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
async function step(title, isThere, work) {
  if (isThere) return printStep(title, 'already there');
  if (process.stdout.isTTY) process.stdout.write(`… ${title}\r`);
  const started = performance.now();
  await work();
  printStep(title, `${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/**
 * @param {string} title
 * @param {string} outcome
 */
function printStep(title, outcome) {
  console.log(`✓ ${title.padEnd(34)} ${outcome}`);
}

/**
 * Runs a program; on failure says what was tried, what the system answered and what to do.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {string} attempt what we wanted, in words
 * @param {string} advice what the user can do
 * @returns {Promise<void>}
 */
async function run(program, args, attempt, advice) {
  const child = spawn(program, args, {
    ...{ cwd: projectFolder, windowsHide: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let answer = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (answer = (answer + text).slice(-6000)));
  }
  /** @type {string} */
  const end = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? String(code)));
  });
  if (end === '0') return;
  throw new Error(
    `Could not ${attempt}.\n  Tried:    ${[program, ...args].join(' ')}\n` +
      `  Answered: exit ${end}\n${answer.trim().replace(/^/gm, '            ')}\n  To do:    ${advice}`,
  );
}
