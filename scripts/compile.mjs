// Compiles `src` into `dist` as a whole or not at all, and knows whether `dist` is as it was compiled.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** The mark inside `dist` that says from which sources it was made, and what was made. */
const BUILD_STAMP = '.streamtrain-build';

/**
 * Whether `dist` was compiled from these sources and every file is still as it was written.
 *
 * @param {string} projectFolder
 * @param {string} sources digest of what is compiled
 * @returns {boolean}
 */
export function isWhole(projectFolder, sources) {
  const dist = path.join(projectFolder, 'dist');
  try {
    return fs.readFileSync(path.join(dist, BUILD_STAMP), 'utf8') === stampOf(dist, sources);
  } catch {
    return false;
  }
}

/**
 * @param {string} folder compiled code
 * @param {string} sources digest of what was compiled
 * @returns {string} the stamp: both digests
 */
function stampOf(folder, sources) {
  const hash = createHash('sha256');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /\.js$|\.d\.ts$/.test(name)).sort())
    hash.update(`\0${file}\0`).update(fs.readFileSync(path.join(folder, file)));
  return `${sources} ${hash.digest('hex')}`;
}

/**
 * Compiles into a folder beside `dist` and puts it in the place of `dist` when it is whole, so that a build that fails,
 * or is killed, leaves the old one.
 *
 * @param {object} options
 * @param {string} options.projectFolder
 * @param {string} options.sources digest of what is compiled; written into `dist`, see {@link isWhole}
 * @param {(program: string, args: string[], attempt: string, advice: string) => Promise<void>} options.run
 * @returns {Promise<void>}
 */
export async function compile({ projectFolder, sources, run }) {
  const dist = path.join(projectFolder, 'dist');
  removeRests(projectFolder);
  // As deep as `dist`, so that the source maps point to `src`.
  const fresh = path.join(projectFolder, `.dist-${process.pid}-new`);
  const old = path.join(projectFolder, `.dist-${process.pid}-old`);
  try {
    // By its path: `node_modules/.bin/tsc` is the TypeScript of another package.
    const tsc = path.join(projectFolder, 'node_modules', 'typescript', 'bin', 'tsc');
    await run(
      process.execPath,
      [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh],
      'compile src into dist (tsc -p tsconfig.build.json)',
      'Correct the lines named above; in an unchanged clone, "git status" shows what differs.',
    );
    const command = path.join(fresh, 'cli', 'main.js');
    if (fs.existsSync(command)) fs.chmodSync(command, 0o755);
    fs.writeFileSync(path.join(fresh, BUILD_STAMP), stampOf(fresh, sources));
    if (fs.existsSync(dist)) fs.renameSync(dist, old);
    fs.renameSync(fresh, dist);
  } finally {
    for (const folder of [fresh, old]) fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes what builds that were killed have left. @param {string} projectFolder */
function removeRests(projectFolder) {
  for (const name of fs.readdirSync(projectFolder)) {
    if (/^\.dist-\d+-(new|old)$/.test(name))
      fs.rmSync(path.join(projectFolder, name), { recursive: true, force: true });
  }
}
