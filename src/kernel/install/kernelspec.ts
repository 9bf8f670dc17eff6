/** What Jupyter has to know to start the kernel. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dialect } from '../contracts.ts';
import { KernelInstallError } from '../errors.ts';

/** The name that notebooks and commands use for the TypeScript kernel. */
export const kernelName = 'streamtrain';

/** The kernels that a Jupyter gets together: checked TypeScript, and plain JavaScript, which is not checked. */
export const dialects: readonly Dialect[] = ['typescript', 'javascript'];

const titles: Readonly<Record<Dialect, string>> = { typescript: 'TypeScript', javascript: 'JavaScript' };

/** The name of a dialect's kernel beside the TypeScript kernel called `name`. */
export function dialectName(dialect: Dialect, name: string = kernelName): string {
  return dialect === 'typescript' ? name : `${name}-${dialect}`;
}

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
  /** What the launcher shows. Default `TypeScript (streamtrain)`, or `JavaScript (streamtrain)`. */
  readonly displayName?: string;
  /** Keep the history of cells across sessions: `true` in the usual place, or in this file. Default false. */
  readonly history?: boolean | string;
  /** What cells are written in. Default `typescript`. */
  readonly dialect?: Dialect;
}

/**
 * The description of this very copy of the kernel, run by this very Node, so that PATH does not matter.
 *
 * @throws KernelInstallError (`ST_KERNEL_INSTALL`) when the package was not built
 */
export function kernelSpec(options: KernelSpecOptions = {}): StreamtrainKernelSpec {
  const { node, displayName, history, dialect = 'typescript' } = options;
  const entry = kernelEntry();
  if (!existsSync(entry)) {
    const problem = 'the package is not built';
    throw new KernelInstallError({ folder: entry, problem, remedy: 'Run "npm run build".' });
  }
  const kept = history === true ? 'on' : history;
  return {
    argv: [
      node ?? process.execPath,
      entry,
      '{connection_file}',
      ...(dialect === 'javascript' ? [dialect] : []),
    ],
    display_name: displayName ?? `${titles[dialect]} (streamtrain)`,
    language: dialect,
    interrupt_mode: 'message',
    kernel_protocol_version: '5.4',
    ...(kept ? { env: { STREAMTRAIN_KERNEL_HISTORY: kept } } : {}),
    metadata: { debugger: true },
  };
}

/** The compiled entry of the kernel's process, also when this file runs from its source. */
function kernelEntry(): string {
  const here = import.meta.url.replace('/src/kernel/', '/dist/kernel/');
  return fileURLToPath(new URL('../main.js', here));
}

const letters: Readonly<Record<Dialect, string>> = {
  typescript:
    'M12 37h22v5h-8v17h-6V42h-8zM52 42c-4-1-8-1-8 1s9 2 9 9c0 7-8 8-15 6v-5c4 1.500 9 1.500 9-1s-9-2-9-9c0-7 8-7.500 14-6z',
  javascript:
    'M24 37h6v15c0 6-4 8-8 8-2 0-4 0-6-1v-5c5 2 8 1 8-2zM52 42c-4-1-8-1-8 1s9 2 9 9c0 7-8 8-15 6v-5c4 1.500 9 1.500 9-1s-9-2-9-9c0-7 8-7.500 14-6z',
};

/** The kernel's picture in Jupyter's launcher: the letters of its language, with a stream through them. */
export function logoSvg(dialect: Dialect): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
<title>${titles[dialect]} (streamtrain)</title>
<rect width="64" height="64" rx="6" fill="#235a97"/>
<path d="M0 22c10-8 22 8 32 0s22-8 32 0v10c-10-8-22 8-32 0s-22 8-32 0z" fill="#ff8f00"/>
<path d="${letters[dialect]}" fill="#fff"/>
</svg>
`;
}

/** The same as pixels, for front ends that want them; none where the renderer cannot be loaded. */
export async function logoPng(dialect: Dialect, size: number): Promise<Buffer | undefined> {
  try {
    const { Resvg } = await import('@resvg/resvg-js');
    const picture = new Resvg(logoSvg(dialect), { fitTo: { mode: 'width', value: size } });
    return Buffer.from(picture.render().asPng());
  } catch {
    return undefined;
  }
}
