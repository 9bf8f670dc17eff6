// Compiles `src` into `dist` as a whole or not at all.
import fs from 'node:fs';
import path from 'node:path';

/** The mark inside `dist` that says from which sources it was made. */
export const BUILD_STAMP = '.streamtrain-build';

/**
 * Compiles into a folder beside `dist` and puts it in the place of `dist` when it is whole, so that a build that fails,
 * or is killed, leaves the old one.
 *
 * @param {object} options
 * @param {string} options.projectFolder
 * @param {string} options.sources digest of what is compiled; written into `dist` as {@link BUILD_STAMP}
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
    fs.writeFileSync(path.join(fresh, BUILD_STAMP), sources);
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
