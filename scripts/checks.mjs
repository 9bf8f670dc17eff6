// The checks of the sources: types, lint and format, each by the program of this project's own version.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { projectFolder } from './bootstrap.mjs';

/**
 * By the name used on the command line: title, program inside node_modules, arguments. The programs are called by
 * their path, because `node_modules/.bin/tsc` is the TypeScript of another package.
 */
const CHECKS = {
  types: { title: 'Types', program: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
  lint: { title: 'Lint', program: 'eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
  format: { title: 'Format', program: 'prettier/bin/prettier.cjs', args: ['--check', '.'] },
};

/** The names of all checks. */
export const checkNames = Object.keys(CHECKS);

/**
 * Starts Node in the project's folder and waits for its end.
 *
 * @param {string[]} args Node's arguments
 * @param {{ capture?: boolean, env?: NodeJS.ProcessEnv }} [options] `capture`: keep the output back
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function runNode(args, { capture = false, env = process.env } = {}) {
  const child = spawn(process.execPath, args, {
    cwd: projectFolder,
    env,
    stdio: capture ? 'pipe' : 'inherit',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  return { code, output };
}

/**
 * Runs checks side by side and prints a line for each, with what it says where it fails.
 *
 * @param {readonly string[]} [names] default all
 * @returns {Promise<number>} the worst exit code
 */
export async function runChecks(names = checkNames) {
  const codes = await Promise.all(
    Object.entries(CHECKS)
      .filter(([name]) => names.includes(name))
      .map(async ([, { title, program, args }]) => {
        const started = performance.now();
        const { code, output } = await runNode([path.join('node_modules', program), ...args], {
          capture: true,
        });
        const mark = code === 0 ? '✓' : '✗';
        console.log(`${mark} ${title.padEnd(34)} ${((performance.now() - started) / 1000).toFixed(1)} s`);
        if (code !== 0) console.log(output);
        return code;
      }),
  );
  return Math.max(...codes);
}
