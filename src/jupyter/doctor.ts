/** The health checks of Jupyter's side. */
import { runCommand } from '../install/command.ts';
import type { HealthCheck } from '../install/health.ts';
import type { Project } from '../install/project.ts';
import { venvPython } from '../install/venv.ts';
import { kernelSpecFile, kernelSpecIsCurrent } from './kernelspec.ts';
import { choosePort } from './port.ts';
import { jupyterEnvironment } from './settings.ts';

/** Whether the kernel is registered for this Node and found by Jupyter, and which port JupyterLab would get. */
export function jupyterChecks(project: Project): HealthCheck[] {
  return [
    {
      name: 'Jupyter kernel',
      examine: async () => {
        const names = ['streamtrain', 'tslab'];
        if (!(await kernelSpecIsCurrent(project))) {
          const files = names.map((name) => kernelSpecFile(project, name)).join(' or ');
          return {
            status: 'broken',
            detail: `${files} is missing or for another Node`,
            toDo: 'Run "npm run setup".',
          };
        }
        const { stdout } = await runCommand(
          venvPython(project),
          ['-m', 'jupyter', 'kernelspec', 'list', '--json'],
          {
            what: 'ask Jupyter for its kernels',
            toDo: 'Run "npm run setup".',
            env: await jupyterEnvironment(project, []),
          },
        );
        const { kernelspecs } = JSON.parse(stdout) as { kernelspecs: Record<string, unknown> };
        const known = Object.keys(kernelspecs).join(', ');
        return names.every((name) => name in kernelspecs)
          ? { status: 'ok', detail: known }
          : {
              status: 'broken',
              detail: `Jupyter finds only: ${known}`,
              toDo: 'Remove .venv, run "npm run setup".',
            };
      },
    },
    {
      name: 'JupyterLab port',
      examine: async () => ({ status: 'ok', detail: `${await choosePort()} is free` }),
    },
  ];
}
