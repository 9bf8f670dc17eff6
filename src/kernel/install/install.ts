/** Puts the kernel's description where a Jupyter finds it, and takes it away again. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import { KernelInstallError } from '../errors.ts';
import { kernelName, kernelSpec, type KernelSpecOptions } from './kernelspec.ts';
import { kernelsFolder, type KernelLocation } from './locations.ts';
import { logoPng, logoSvg } from './logo.ts';

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
 * Installs the kernel, over an older installation of the same name if there is one.
 *
 * @returns the folder with the description
 * @throws KernelInstallError (`ST_KERNEL_INSTALL`) when it cannot be written
 * @example
 * ```ts
 * await installKernel({ kind: 'prefix', folder: '.venv' });
 * ```
 */
export async function installKernel(
  location: KernelLocation,
  { name = kernelName, ...options }: KernelSpecOptions & { readonly name?: string } = {},
): Promise<string> {
  const folder = kernelFolder(location, name);
  const text = kernelSpecText(options);
  const files: [string, string | Buffer | undefined][] = [
    ['logo-svg.svg', logoSvg],
    ['logo-32x32.png', await logoPng(32)],
    ['logo-64x64.png', await logoPng(64)],
    ['kernel.json', text],
  ];
  try {
    await fs.mkdir(folder, { recursive: true });
    for (const [file, content] of files) {
      if (content !== undefined) await replace(path.join(folder, file), content);
    }
  } catch (error) {
    throw new KernelInstallError(folder, messageOf(error), error);
  }
  return folder;
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
  if (!isOurs(found)) throw new KernelInstallError(folder, `the kernel "${name}" there is not streamtrain's`);
  await fs.rm(folder, { recursive: true }).catch((error: unknown) => {
    throw new KernelInstallError(folder, messageOf(error), error);
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
    throw new KernelInstallError(
      folder,
      `"${name}" is no kernel name: letters, digits, ".", "_" and "-" only`,
    );
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
