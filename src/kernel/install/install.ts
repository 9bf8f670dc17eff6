/** Puts the kernel's description where a Jupyter finds it, and removes it again. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import { InvalidOptionError } from '../../options.ts';
import { platform } from '../../platform.ts';
import { KernelInstallError } from '../errors.ts';
import {
  dialectName,
  dialects,
  kernelName,
  kernelSpec,
  logoPng,
  logoSvg,
  type KernelSpecOptions,
} from './kernelspec.ts';

/** Which Jupyter a kernel is for. */
export type KernelLocation =
  /** All of this user's. */
  | { readonly kind: 'user' }
  /** That of the active Python environment. */
  | { readonly kind: 'sys-prefix' }
  /** That under this folder, such as a virtual environment. */
  | { readonly kind: 'prefix'; readonly folder: string };

/** Where to, as it is said on a command line. */
export interface KernelPlace {
  readonly user?: boolean | undefined;
  readonly sysPrefix?: boolean | undefined;
  readonly prefix?: string | undefined;
}

/**
 * The location that flags mean; this user's Jupyter where none is given.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for several at once
 */
export function kernelLocation({ user = false, sysPrefix = false, prefix }: KernelPlace): KernelLocation {
  if ([user, sysPrefix, prefix !== undefined].filter(Boolean).length > 1) {
    const option = prefix === undefined ? '--sys-prefix' : '--prefix';
    const expected = 'one of --user, --sys-prefix and --prefix';
    throw new InvalidOptionError({ option, found: 'not the only place given', expected });
  }
  if (prefix !== undefined) return { kind: 'prefix', folder: prefix };
  return { kind: sysPrefix ? 'sys-prefix' : 'user' };
}

/** A kernel as Jupyter finds it. */
export interface InstalledKernel {
  readonly name: string;
  readonly displayName: string;
  readonly folder: string;
  readonly argv: readonly string[];
  /** Whether its programs are still where it says. */
  readonly works: boolean;
}

/** The text of `kernel.json`. */
export function kernelSpecText(options: KernelSpecOptions = {}): string {
  return `${JSON.stringify(kernelSpec(options), null, 2)}\n`;
}

/**
 * Installs the kernel of one dialect, over an older installation of the same name if there is one.
 *
 * @returns the folder with the description
 * @throws KernelInstallError (`ST_KERNEL_INSTALL`) when it cannot be written
 * @example
 * ```ts
 * await installKernel({ kind: 'prefix', folder: '.venv' });
 * await installKernel({ kind: 'prefix', folder: '.venv' }, { dialect: 'javascript' });
 * ```
 */
export async function installKernel(
  location: KernelLocation,
  { name, ...options }: KernelSpecOptions & { readonly name?: string } = {},
): Promise<string> {
  const { dialect = 'typescript' } = options;
  const folder = kernelFolder(location, name ?? dialectName(dialect));
  const text = kernelSpecText(options);
  const files: [string, string | Buffer | undefined][] = [
    ['logo-svg.svg', logoSvg(dialect)],
    ['logo-32x32.png', await logoPng(dialect, 32)],
    ['logo-64x64.png', await logoPng(dialect, 64)],
    ['kernel.json', text],
  ];
  try {
    await fs.mkdir(folder, { recursive: true });
    for (const [file, content] of files) {
      if (content !== undefined) await replace(path.join(folder, file), content);
    }
  } catch (error) {
    throw new KernelInstallError({ folder, problem: messageOf(error), cause: error });
  }
  return folder;
}

/** Choices for both dialects at once. */
export interface KernelsOptions extends Pick<KernelSpecOptions, 'displayName' | 'history'> {
  /** That of the TypeScript kernel; the other one gets `-javascript`. Default `streamtrain`. */
  readonly name?: string | undefined;
}

/**
 * Installs the kernels of both dialects; see {@link installKernel}.
 *
 * @returns their folders, that of TypeScript first
 * @throws KernelInstallError (`ST_KERNEL_INSTALL`) when they cannot be written
 */
export async function installKernels(
  location: KernelLocation,
  options: KernelsOptions = {},
): Promise<string[]> {
  const { name, displayName, history } = options;
  const folders: string[] = [];
  for (const dialect of dialects) {
    const suffix = dialect === 'typescript' ? '' : ' (JavaScript)';
    folders.push(
      await installKernel(location, {
        dialect,
        name: dialectName(dialect, name),
        ...(history === undefined ? {} : { history }),
        ...(displayName === undefined ? {} : { displayName: `${displayName}${suffix}` }),
      }),
    );
  }
  return folders;
}

/**
 * Removes the kernels of both dialects.
 *
 * @param name see {@link KernelsOptions}
 * @returns the folders that were removed
 * @throws KernelInstallError (`ST_KERNEL_INSTALL`) when one cannot be removed, or is a kernel of somebody else
 */
export async function uninstallKernels(location: KernelLocation, name?: string): Promise<string[]> {
  const folders: string[] = [];
  for (const dialect of dialects) {
    const folder = await uninstallKernel(location, dialectName(dialect, name));
    if (folder !== undefined) folders.push(folder);
  }
  return folders;
}

/**
 * Removes the kernel.
 *
 * @returns the folder that was removed; none when there was no such kernel
 * @throws KernelInstallError (`ST_KERNEL_INSTALL`) when it cannot be removed, or is a kernel of somebody else
 */
export async function uninstallKernel(
  location: KernelLocation,
  name: string = kernelName,
): Promise<string | undefined> {
  const folder = kernelFolder(location, name);
  const found = await readKernel(folder);
  if (!found) return undefined;
  if (!isOurs(found)) {
    const problem = `the kernel "${name}" there is not streamtrain's`;
    throw new KernelInstallError({ folder, problem, remedy: `Use "jupyter kernelspec remove ${name}".` });
  }
  await fs.rm(folder, { recursive: true }).catch((error: unknown) => {
    throw new KernelInstallError({ folder, problem: messageOf(error), cause: error });
  });
  return folder;
}

/** The streamtrain kernels of a Jupyter, whatever their names. */
export async function installedKernels(location: KernelLocation): Promise<InstalledKernel[]> {
  const folder = kernelsFolder(location);
  const names = await fs.readdir(folder).catch(() => []);
  const all = await Promise.all(names.map((name) => readKernel(path.join(folder, name))));
  return all.filter((kernel) => kernel !== undefined).filter(isOurs);
}

function kernelFolder(location: KernelLocation, name: string): string {
  const folder = kernelsFolder(location);
  if (!/^[a-z0-9._-]+$/i.test(name)) {
    const remedy = 'Use letters, digits, ".", "_" and "-" only.';
    throw new KernelInstallError({ folder, problem: `"${name}" is no kernel name`, remedy });
  }
  return path.join(folder, name);
}

async function readKernel(folder: string): Promise<InstalledKernel | undefined> {
  try {
    const text = await fs.readFile(path.join(folder, 'kernel.json'), 'utf8');
    const { argv, display_name } = JSON.parse(text) as { argv: string[]; display_name: string };
    const programs = argv.slice(0, 2).map((file) => fs.access(file));
    const works = (await Promise.allSettled(programs)).every(({ status }) => status === 'fulfilled');
    return { name: path.basename(folder), displayName: display_name, folder, argv, works };
  } catch {
    return undefined;
  }
}

function isOurs({ argv }: InstalledKernel): boolean {
  return /[\\/]kernel[\\/]main\.(js|ts)$/.test(argv[1] ?? '');
}

async function replace(file: string, content: string | Buffer): Promise<void> {
  const draft = `${file}.${randomUUID()}.tmp`;
  await fs.writeFile(draft, content);
  await fs.rename(draft, file);
}

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
  return platform.jupyterData(home, env);
}

/** `sys.prefix` of the environment that is active, else of the Python on PATH. */
function pythonPrefix(env: NodeJS.ProcessEnv): string {
  const active = env['VIRTUAL_ENV'] ?? env['CONDA_PREFIX'];
  if (active) return active;
  const code = 'import sys; print(sys.prefix)';
  for (const { program, args } of platform.pythons) {
    try {
      return execFileSync(program, [...args, '-c', code], {
        ...{ env, encoding: 'utf8', stdio: 'pipe', windowsHide: true },
      }).trim();
    } catch {
      // The other name may be there.
    }
  }
  const problem = 'no Python environment is active and no python is on PATH';
  throw new KernelInstallError({ folder: 'sys.prefix', problem, remedy: 'Name a folder with --prefix.' });
}
