/** Where Jupyter looks for kernels. */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { KernelInstallError } from '../errors.ts';

/** Which Jupyter a kernel is for. */
export type KernelLocation =
  /** All of this user's. */
  | { readonly kind: 'user' }
  /** That of the active Python environment. */
  | { readonly kind: 'sys-prefix' }
  /** That under this folder, such as a virtual environment. */
  | { readonly kind: 'prefix'; readonly folder: string };

/**
 * The folder that holds the kernels of a Jupyter.
 *
 * @throws KernelInstallError (`ST_KERNEL_INSTALL`) when there is no Python whose environment could be meant
 * @see https://docs.jupyter.org/en/latest/use/jupyter-directories.html
 */
export function kernelsFolder(location: KernelLocation, env: NodeJS.ProcessEnv = process.env): string {
  switch (location.kind) {
    case 'user':
      return path.join(userData(env), 'kernels');
    case 'prefix':
      return path.join(path.resolve(location.folder), 'share', 'jupyter', 'kernels');
    case 'sys-prefix':
      return path.join(pythonPrefix(env), 'share', 'jupyter', 'kernels');
  }
}

function userData(env: NodeJS.ProcessEnv): string {
  if (env['JUPYTER_DATA_DIR']) return env['JUPYTER_DATA_DIR'];
  const home = env['HOME'] ?? os.homedir();
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Jupyter');
  if (process.platform === 'win32') return path.join(env['APPDATA'] ?? home, 'jupyter');
  return path.join(env['XDG_DATA_HOME'] || path.join(home, '.local', 'share'), 'jupyter');
}

/** `sys.prefix` of the environment that is active, else of the Python on PATH. */
function pythonPrefix(env: NodeJS.ProcessEnv): string {
  const active = env['VIRTUAL_ENV'] ?? env['CONDA_PREFIX'];
  if (active) return active;
  for (const python of ['python3', 'python']) {
    try {
      const code = 'import sys; print(sys.prefix)';
      return execFileSync(python, ['-c', code], { env, encoding: 'utf8', stdio: 'pipe' }).trim();
    } catch {
      // The other name may be there.
    }
  }
  throw new KernelInstallError(
    'sys.prefix',
    'no Python environment is active and no python is on PATH; name a folder with --prefix',
  );
}
