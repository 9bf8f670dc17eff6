/** Registers our own kernel and stock tslab as Jupyter kernels inside the project's own Python environment. */
import path from 'node:path';
import { readText, writeFileAtomically } from '../install/files.ts';
import type { Project } from '../install/project.ts';
import type { Step } from '../install/steps.ts';
import { installKernel, kernelName, kernelSpecText } from '../kernel/index.ts';

/** A Jupyter kernel's description. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
}

/**
 * How tslab is started: by this very Node, from the project's packages, so that neither PATH nor a global install
 * matters.
 *
 * @see node_modules/tslab/python/install.py, which writes the same with a program from PATH
 */
export function tslabKernelSpec(project: Project): KernelSpec {
  const tslab = path.join(project.nodeModules, 'tslab', 'bin', 'tslab');
  return {
    argv: [process.execPath, tslab, 'kernel', '--config-path', '{connection_file}'],
    display_name: 'TypeScript (tslab)',
    language: 'typescript',
  };
}

/** The file that describes the kernel `name` in the project's environment. */
export function kernelSpecFile({ venvFolder }: Project, name: string): string {
  return path.join(venvFolder, 'share', 'jupyter', 'kernels', name, 'kernel.json');
}

/** Whether the registered kernels are those that would be written now (another Node or a moved clone: they are not). */
export async function kernelSpecIsCurrent(project: Project): Promise<boolean> {
  const isCurrent = async (name: string, text: string) =>
    (await readText(kernelSpecFile(project, name))) === text;
  return (await isCurrent('tslab', tslabText(project))) && (await isCurrent(kernelName, kernelSpecText()));
}

/** The step that registers the kernels `streamtrain` and `tslab`. */
export function kernelSpecStep(project: Project): Step {
  return {
    title: 'Jupyter kernels',
    run: async () => {
      if (await kernelSpecIsCurrent(project)) return 'already there';
      await writeFileAtomically(kernelSpecFile(project, 'tslab'), tslabText(project));
      await installKernel({ kind: 'prefix', folder: project.venvFolder });
      return 'done';
    },
  };
}

function tslabText(project: Project): string {
  return `${JSON.stringify(tslabKernelSpec(project), null, 2)}\n`;
}
