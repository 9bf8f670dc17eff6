// Programs of ours that tests start again and again, each put into few files: so they start in a third of the time.
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { projectFolder } from './bootstrap.mjs';
import { testTree } from './test-groups.mjs';

/** @returns {string[]} programs by their path in the project: the command line, and what tests name `...-child.ts` */
function programs() {
  return ['src/cli/main.ts', ...testTree().filter((file) => file.endsWith('-child.ts'))];
}

/** Tells each file its own address, as if it had not been put together with others. @type {import('esbuild').Plugin} */
const ownAddress = {
  name: 'own address',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      const address = JSON.stringify(pathToFileURL(file).href);
      return {
        loader: 'ts',
        contents: fs.readFileSync(file, 'utf8').replace(/\bimport\.meta\.url\b/g, address),
      };
    });
  },
};

/**
 * Writes them all; what is written of `test/a/b-child.ts` is `test/a/b-child.js`. Packages stay where they are.
 *
 * @param {string} folder inside the project, so that packages are found; it is made
 * @returns {Promise<void>}
 */
export async function bundlePrograms(folder) {
  const { build, stop } = await import('esbuild');
  try {
    await build({
      entryPoints: programs(),
      absWorkingDir: projectFolder,
      outbase: '.',
      outdir: folder,
      bundle: true,
      splitting: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      keepNames: true,
      sourcemap: true,
      sourcesContent: false,
      plugins: [ownAddress],
      logLevel: 'error',
    });
  } finally {
    await stop();
  }
}
