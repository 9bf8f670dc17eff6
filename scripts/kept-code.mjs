// What V8 has compiled of large modules is kept for the next process of a test run: TensorFlow and TypeScript load quicker.
import path from 'node:path';
import { projectFolder } from './bootstrap.mjs';

/**
 * Settings for all processes of a run. Newer Nodes keep code themselves (from 22.1); in older ones kept-code.cjs does it.
 *
 * @param {string} folder where it is kept; it is made
 * @param {NodeJS.ProcessEnv} [env] what is set so far
 * @param {string} [version] of Node
 * @returns {NodeJS.ProcessEnv} to be added to `env`
 */
export function keptCode(folder, env = process.env, version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 1)) return { NODE_COMPILE_CACHE: folder };
  const hook = JSON.stringify(path.join(projectFolder, 'scripts', 'kept-code.cjs'));
  return {
    NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --require ${hook}`.trim(),
    STREAMTRAIN_TEST_CODE: folder,
  };
}
