#!/usr/bin/env node
/** `streamtrain-kernel`: makes the kernels known to a Jupyter, for those who have this package and not all of streamtrain. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { messageOf, StreamTrainError } from '../errors.ts';
import { KernelUsageError } from './errors.ts';
import { installedKernels, installKernels, kernelLocation, uninstallKernels } from './install/install.ts';
import { kernelVersions } from './versions.ts';

const help = `Usage: streamtrain-kernel <install | uninstall | list | versions> [options]

The Jupyter kernels "TypeScript (streamtrain)" and "JavaScript (streamtrain)".

  install    make both known to a Jupyter
  uninstall  remove both again
  list       those that a Jupyter knows
  versions   of the kernel and what it runs on

  --user                 this user's Jupyter (default)
  --sys-prefix           the Jupyter of the active Python environment
  --prefix <folder>      the Jupyter under this folder, such as .venv
  --name <name>          the name that notebooks store (default: streamtrain)
  --display-name <text>  what the launcher shows (install)
  --history <on | file>  keep the history of cells across sessions (install)
  --help                 this text
`;

const texts = ['prefix', 'name', 'display-name', 'history'] as const;

/** Runs the command. @returns the exit code */
async function main(): Promise<number> {
  const { values, positionals } = given();
  const [word = 'help', more] = positionals;
  if (values.help || word === 'help') {
    console.log(help);
    return values.help ? 0 : 2;
  }
  if (more !== undefined) throw new KernelUsageError({ problem: `Unexpected argument '${more}'` });
  const empty = texts.find((name) => values[name] === '');
  if (empty !== undefined) throw new KernelUsageError({ problem: `Option '--${empty}' is empty` });
  const { user, 'sys-prefix': sysPrefix, prefix, name, 'display-name': displayName, history } = values;
  if (word !== 'install' && (displayName !== undefined || history !== undefined))
    throw new KernelUsageError({ problem: `'${word}' takes neither --display-name nor --history` });
  const location = kernelLocation({ user, sysPrefix, prefix });
  switch (word) {
    case 'install': {
      const kept = history === 'on' ? true : history;
      const folders = await installKernels(location, {
        ...(name === undefined ? {} : { name }),
        ...(displayName === undefined ? {} : { displayName }),
        ...(kept === undefined ? {} : { history: kept }),
      });
      for (const folder of folders) console.log(folder);
      if (/[\\/]_npx[\\/]/.test(import.meta.url))
        console.error(
          'This copy lies in the cache of npx, which npm may empty: install @streamtrain/kernel to keep the kernel.',
        );
      return 0;
    }
    case 'uninstall': {
      const folders = await uninstallKernels(location, name);
      for (const folder of folders) console.log(folder);
      if (folders.length === 0) console.error('There was no such kernel');
      return 0;
    }
    case 'list':
      for (const { name: known, displayName: shown, works, folder } of await installedKernels(location))
        console.log([known, shown, works ? 'works' : 'does not work', folder].join('\t'));
      return 0;
    case 'versions':
      for (const [what, version] of Object.entries(kernelVersions())) console.log(`${what}\t${version}`);
      return 0;
    default:
      throw new KernelUsageError({ problem: `There is no '${word}': install, uninstall, list, versions` });
  }
}

/** What stands on the command line. */
function given() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        user: { type: 'boolean' },
        'sys-prefix': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        prefix: { type: 'string' },
        name: { type: 'string' },
        'display-name': { type: 'string' },
        history: { type: 'string' },
      },
    });
  } catch (error) {
    // The rest is Node's own advice about positional arguments.
    throw new KernelUsageError({ problem: messageOf(error).split('. ')[0] ?? '' });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const code = error instanceof StreamTrainError ? error.code : 'ST_UNEXPECTED';
  console.error(`error ${code}: ${messageOf(error)}`);
  process.exitCode = ['ST_KERNEL_USAGE', 'ST_OPTION_INVALID'].includes(code) ? 2 : 1;
}
