/** How a test starts a program of ours that is written in TypeScript. */
import fs from 'node:fs';
import path from 'node:path';
import { projectAt } from '../../src/install/folders.ts';

/**
 * Node's arguments in front of a `.ts` file, or of code that imports one: those this process was started with. So a file
 * that runs alone starts programs by tsx, and in `npm test` they find everything compiled.
 */
export function typescriptFlags(): string[] {
  const at = process.execArgv.indexOf('--import');
  const loader = at < 0 ? undefined : process.execArgv[at + 1];
  return ['--import', loader === undefined ? import.meta.resolve('tsx') : import.meta.resolve(loader)];
}

/**
 * Node's arguments that start a `.ts` file. In `npm test` those named `...-child.ts`, and the command line, were bundled
 * beforehand (`scripts/bundled-programs.mjs`): they start in a third of the time.
 */
export function typescriptProgram(file: string): string[] {
  const { folder } = projectAt();
  const bundled = path.join(
    process.env['STREAMTRAIN_TEST_PROGRAMS'] ?? folder,
    path.relative(folder, file).replace(/\.ts$/, '.js'),
  );
  return fs.existsSync(bundled) ? ['--enable-source-maps', bundled] : [...typescriptFlags(), file];
}
