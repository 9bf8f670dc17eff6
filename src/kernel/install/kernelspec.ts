/** What Jupyter has to know to start the kernel. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KernelInstallError } from '../errors.ts';

/** The name that notebooks and commands use. */
export const kernelName = 'streamtrain';

/** How a kernel is described to Jupyter. */
export interface StreamtrainKernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: 'message' | 'signal';
  readonly kernel_protocol_version: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Choices at the installation. */
export interface KernelSpecOptions {
  /** The Node that runs the kernel. Default: this one. */
  readonly node?: string;
  /** What the launcher shows. Default `TypeScript (streamtrain)`. */
  readonly displayName?: string;
  /** Keep the history of cells across sessions: `true` in the usual place, or in this file. Default false. */
  readonly history?: boolean | string;
}

/**
 * The description of this very copy of the kernel, run by this very Node, so that PATH does not matter.
 *
 * @throws KernelInstallError (`ST_KERNEL_INSTALL`) when the package was not built
 */
export function kernelSpec({ node, displayName, history }: KernelSpecOptions = {}): StreamtrainKernelSpec {
  const entry = kernelEntry();
  if (!existsSync(entry)) throw new KernelInstallError(entry, 'it is not built; run "npm run build"');
  const kept = history === true ? 'on' : history;
  return {
    argv: [node ?? process.execPath, entry, '{connection_file}'],
    display_name: displayName ?? 'TypeScript (streamtrain)',
    language: 'typescript',
    interrupt_mode: 'message',
    kernel_protocol_version: '5.4',
    ...(kept ? { env: { STREAMTRAIN_KERNEL_HISTORY: kept } } : {}),
    metadata: { debugger: false },
  };
}

/** The compiled entry of the kernel's process, also when this file runs from its source. */
export function kernelEntry(): string {
  const here = import.meta.url.replace('/src/kernel/', '/dist/kernel/');
  return fileURLToPath(new URL('../main.js', here));
}
