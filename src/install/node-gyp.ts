/** Prepares everything that building the native addon asks for outside npm's own hands. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import { exists } from './files.ts';
import type { Project } from './project.ts';
import { venvPython } from './venv.ts';

/**
 * The environment in which a staged copy of a package runs its install script: this Node and the project's programs
 * first on PATH, its dependencies findable, node-gyp, Python and the Node headers named.
 *
 * @param npmCli path of `npm-cli.js`, whose bundled node-gyp is used
 * @param nested the package's own node_modules
 * @param scratch a writable folder for headers that have to be fetched
 */
export async function buildEnvironment(
  project: Project,
  npmCli: string,
  nested: string,
  scratch: string,
): Promise<NodeJS.ProcessEnv> {
  const npmFolder = path.dirname(path.dirname(npmCli));
  const headers = await findNodeHeaders(npmCli);
  return {
    ...process.env,
    PATH: [
      path.dirname(process.execPath),
      path.join(project.nodeModules, '.bin'),
      process.env['PATH'] ?? '',
    ].join(path.delimiter),
    NODE_PATH: [nested, project.nodeModules].join(path.delimiter),
    NODE_OPTIONS: '',
    npm_config_node_gyp:
      process.env['npm_config_node_gyp'] ??
      path.join(npmFolder, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
    npm_config_python: venvPython(project),
    npm_config_devdir: path.join(scratch, 'node-headers'),
    ...(headers === undefined ? {} : { npm_config_nodedir: headers }),
  };
}

/**
 * Where Node's headers are: as npm is told (`nodedir`), else beside this Node when they are of the same version, else
 * nowhere, and node-gyp fetches them.
 */
async function findNodeHeaders(npmCli: string): Promise<string | undefined> {
  const told = process.env['npm_config_nodedir'];
  if (told) return told;
  const prefix = path.resolve(path.dirname(process.execPath), '..');
  const text = await fs
    .readFile(path.join(prefix, 'include', 'node', 'node_version.h'), 'utf8')
    .catch(() => '');
  const part = (name: string) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  if (`${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}` === process.versions.node) return prefix;
  const asked = await runCommand(process.execPath, [npmCli, 'config', 'get', 'nodedir'], {
    what: 'ask npm for its nodedir',
    toDo: '',
    timeoutMs: 20_000,
  }).catch(() => undefined);
  const answer = asked?.stdout.trim() ?? '';
  return path.isAbsolute(answer) && (await exists(answer)) ? answer : undefined;
}

/**
 * Makes sure that a C++ compiler and make are there, before anything large is downloaded for them.
 *
 * @throws {@link ToolMissingError} (`ST_INSTALL_TOOL_MISSING`)
 */
export async function requireCompiler(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  for (const program of [env['CXX'] ?? 'g++', env['MAKE'] ?? 'make']) {
    await runCommand(program.split(' ')[0] ?? program, ['--version'], {
      what: "build TensorFlow's addon for Node",
      toDo:
        'Install a C++ compiler and make (Debian and Ubuntu: sudo apt-get install g++ make; Fedora: sudo dnf install ' +
        'gcc-c++ make; macOS: xcode-select --install), then run again.',
      env,
      timeoutMs: 20_000,
    });
  }
}

/** Whether make can build in this folder: it takes blanks and some signs for its own. */
export function isBuildable(folder: string): boolean {
  return /^[\w/.@+,~-]+$/.test(folder);
}
