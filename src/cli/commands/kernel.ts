/** `streamtrain kernel`: the Jupyter kernels for TypeScript and JavaScript. */
import type { Command } from 'commander';
import {
  dialectName,
  dialects,
  installedKernels,
  installKernel,
  kernelVersions,
  uninstallKernel,
} from '../../kernel/index.ts';
import type { KernelLocation } from '../../kernel/index.ts';
import type { Bind } from '../context.ts';
import { UsageError } from '../errors.ts';

interface PlaceFlags {
  user?: boolean;
  sysPrefix?: boolean;
  prefix?: string;
}

interface InstallFlags extends PlaceFlags {
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
      bind<InstallFlags>(async ({ output, note }, _args, { name, displayName, history, ...flags }) => {
        const options = {
          ...(history === undefined ? {} : { history }),
        };
        const location = locationOf(flags);
        const folder = await installKernel(location, {
          ...options,
          ...(name === undefined ? {} : { name }),
          ...(displayName === undefined ? {} : { displayName }),
        });
        const javascript = {
          dialect: 'javascript',
          name: dialectName('javascript', name),
          ...(displayName === undefined ? {} : { displayName: `${displayName} (JavaScript)` }),
        } as const;
        const folders = [folder, await installKernel(location, { ...options, ...javascript })];
        if (output.json) output.line(JSON.stringify({ folder, folders }));
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
      bind<InstallFlags>(async ({ output, note }, _args, { name, ...flags }) => {
        const folders: string[] = [];
        for (const dialect of dialects) {
          const folder = await uninstallKernel(locationOf(flags), dialectName(dialect, name));
          if (folder !== undefined) folders.push(folder);
        }
        if (output.json) output.line(JSON.stringify({ folder: folders[0] ?? null, folders }));
        else for (const folder of folders) output.line(folder);
        if (folders.length === 0 && !output.json) note('There was no such kernel');
      }),
    );
  place(command.command('list').description('The streamtrain kernels that a Jupyter knows.')).action(
    bind<PlaceFlags>(async ({ output }, _args, flags) => {
      const kernels = await installedKernels(locationOf(flags));
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
      bind(async ({ output }) => {
        const versions = kernelVersions();
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

function locationOf({ user, sysPrefix, prefix }: PlaceFlags): KernelLocation {
  if ([user, sysPrefix, prefix !== undefined].filter(Boolean).length > 1) {
    throw new UsageError({ problem: 'give one of --user, --sys-prefix and --prefix, not several' });
  }
  if (prefix !== undefined) return { kind: 'prefix', folder: prefix };
  return { kind: sysPrefix ? 'sys-prefix' : 'user' };
}
