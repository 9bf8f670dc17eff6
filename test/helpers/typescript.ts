/** How a test starts a program of ours that is written in TypeScript. */

/**
 * Node's arguments in front of a `.ts` file, or of code that imports one: those this process was started with. So a file
 * that runs alone starts programs by tsx, and in `npm test` they find everything compiled.
 */
export function typescriptFlags(): string[] {
  const at = process.execArgv.indexOf('--import');
  const loader = at < 0 ? undefined : process.execArgv[at + 1];
  return ['--import', loader === undefined ? import.meta.resolve('tsx') : import.meta.resolve(loader)];
}
