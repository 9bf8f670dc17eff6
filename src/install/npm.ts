/** Finds npm's command-line program, so that neither a shell nor PATH decides which npm runs. */
import fs from 'node:fs';
import path from 'node:path';
import { platform } from '../platform.ts';
import { ToolMissingError } from './errors.ts';

/**
 * The npm that runs us, the one beside this Node, or the first on PATH. scripts/bootstrap.mjs has the same for a clone in
 * which nothing is compiled yet.
 *
 * @returns path of `npm-cli.js`
 * @throws {@link ToolMissingError} (`ST_INSTALL_TOOL_MISSING`)
 */
export function findNpm(env: NodeJS.ProcessEnv = process.env): string {
  const beside = path.dirname(process.execPath);
  // A link to npm's own file, or (Windows) a script with the package beside it.
  const onPath = platform
    .searchPath(env)
    .flatMap((folder) => [
      path.join(folder, 'npm'),
      path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ]);
  const candidates = [
    env['npm_execpath'] ?? '',
    path.join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...onPath,
  ];
  for (const candidate of candidates) {
    if (candidate === '' || !fs.existsSync(candidate)) continue;
    const real = fs.realpathSync(candidate);
    // Under npx it is npx's own file; npm's lies beside it.
    const cli = path.join(path.dirname(real), 'npm-cli.js');
    if (fs.existsSync(cli)) return cli;
  }
  throw new ToolMissingError({
    what: 'find npm',
    tried: ['$npm_execpath', `beside ${process.execPath}`, 'every folder of PATH'],
    answered: 'there is no npm-cli.js',
    toDo: 'Install Node.js from https://nodejs.org: it brings npm.',
  });
}
