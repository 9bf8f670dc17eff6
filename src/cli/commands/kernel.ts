/** `streamtrain kernel`: the Jupyter kernels for TypeScript and JavaScript. */
import type { Command } from 'commander';
import type * as Kernel from '../../kernel/index.ts';
import type { KernelPlace } from '../../kernel/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { orKernelMissing } from '../errors.ts';

interface InstallFlags extends KernelPlace {
  name?: string;
  displayName?: string;
  history?: boolean | string;
}

/** Adds its flags, its help and what it does to the command. */
export function kernelCommand(command: Command, bind: Bind): void {
  place(command.command('install').description('Make both kernels known to a Jupyter.'))
    .option(
      '--name <name>',
      'the name that notebooks store (default: streamtrain); the JavaScript one gets -javascript',
    )
    .option('--display-name <text>', 'what the launcher shows; (JavaScript) is added for that one')
    .option('--history [file]', 'keep the history of cells across sessions')
    .addHelpText('after', '\nExample:\n  $ npx streamtrain kernel install --sys-prefix\n')
    .action(
      bind<InstallFlags>(async (context, _args, { name, displayName, history, ...flags }) => {
        const { output, note } = withoutBroker(context);
        const { installKernels, kernelLocation } = await kernel();
        const folders = await installKernels(kernelLocation(flags), {
          ...(history === undefined ? {} : { history }),
          ...(name === undefined ? {} : { name }),
          ...(displayName === undefined ? {} : { displayName }),
        });
        if (output.json) output.line(JSON.stringify({ folder: folders[0], folders }));
        else for (const each of folders) output.line(each);
        if (/[\\/]_npx[\\/]/.test(import.meta.url)) {
          note(
            'This copy lies in the cache of npx, which npm may empty: install streamtrain to keep the kernel.',
          );
        }
      }),
    );
  place(command.command('uninstall').description('Remove both kernels again.'))
    .option('--name <name>', 'the name they were installed under (default: streamtrain)')
    .action(
      bind<InstallFlags>(async (context, _args, { name, ...flags }) => {
        const { output, note } = withoutBroker(context);
        const { kernelLocation, uninstallKernels } = await kernel();
        const folders = await uninstallKernels(kernelLocation(flags), name);
        if (output.json) output.line(JSON.stringify({ folder: folders[0] ?? null, folders }));
        else for (const folder of folders) output.line(folder);
        if (folders.length === 0 && !output.json) note('There was no such kernel');
      }),
    );
  place(command.command('list').description('The streamtrain kernels that a Jupyter knows.')).action(
    bind<KernelPlace>(async (context, _args, flags) => {
      const { output } = withoutBroker(context);
      const { installedKernels, kernelLocation } = await kernel();
      const kernels = await installedKernels(kernelLocation(flags));
      if (output.json) output.line(JSON.stringify(kernels));
      else
        output.table(
          kernels.map((kernel) => ({ ...kernel, works: kernel.works ? 'yes' : 'no' })),
          ['name', 'displayName', 'works', 'folder'],
        );
    }),
  );
  command
    .command('versions')
    .description('The versions of the kernel and what it runs on.')
    .action(
      bind(async (context) => {
        const { output } = withoutBroker(context);
        const versions = (await kernel()).kernelVersions();
        if (output.json) output.line(JSON.stringify(versions));
        else
          output.table(
            Object.entries(versions).map(([what, version]) => ({ what, version })),
            ['what', 'version'],
          );
      }),
    );
}

function place(command: Command): Command {
  return command
    .option('--user', "this user's Jupyter (default)")
    .option('--sys-prefix', 'the Jupyter of the active Python environment')
    .option('--prefix <folder>', 'the Jupyter under this folder, such as .venv');
}

/** Notebooks find their broker by themselves. */
function withoutBroker(context: CliContext): CliContext {
  context.refuseConnection(
    'a kernel is put in place without a broker; its notebooks take STREAMTRAIN_BROKERS.',
  );
  return context;
}

const kernel = (): Promise<typeof Kernel> => orKernelMissing(() => import('../../kernel/index.ts'));
