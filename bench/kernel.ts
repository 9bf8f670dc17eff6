/** Start, cells, output, completion and memory of Jupyter kernels, side by side: `node --import tsx bench/kernel.ts`. */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../src/cli/values.ts';
import { runPython } from '../src/jupyter/run-notebook.ts';
import { machine, report } from './report.ts';

interface Flags {
  kernels: string[];
  starts: number;
  cells: number;
  lines: number;
  debugger: boolean;
  json?: boolean;
}

interface Figures {
  readonly kernel: string;
  readonly startSeconds: number;
  readonly firstCellCpuSeconds?: number;
  readonly firstCellMs?: number;
  readonly cellMs?: number;
  readonly linesSeconds?: number;
  readonly linesLost?: number;
  readonly completeMs?: number;
  readonly idleMiB?: number;
  readonly usedMiB?: number;
  readonly problem?: string;
}

const flags = new Command('bench/kernel.ts')
  .description("Kernels of the project's Jupyter (.venv) through a real jupyter_client, one after the other.")
  .option('--kernels <list>', 'names, as `jupyter kernelspec list` says', (text) => text.split(','), [
    'streamtrain',
    'tslab',
    'python3',
  ])
  .option('--starts <count>', 'starts to take the median of', wholeNumber(1), 5)
  .option('--cells <count>', 'trivial typed cells', wholeNumber(1), 200)
  .option('--lines <count>', 'lines printed in one cell', wholeNumber(1), 20_000)
  .option('--no-debugger', 'without the rows of a debugger that was switched on')
  .option('--json', 'figures as JSON')
  .parse()
  .opts<Flags>();

const script = fileURLToPath(new URL('kernel-tasks/measure.py', import.meta.url));
const env = { ...process.env };
delete env['NODE_OPTIONS'];
if (!flags.json) console.log(machine());
const all: Figures[] = [];
/** The first kernel once more, with its debugger switched on, and on and off again: where nobody asks, nothing of it is loaded. */
const debugging = flags.debugger ? (['on', 'ended'] as const).map((state) => [flags.kernels[0]!, state] as const) : []; // prettier-ignore
for (const [kernel, state] of [...flags.kernels.map((name) => [name] as const), ...debugging]) {
  const counts = ['starts', 'cells', 'lines'] as const;
  const args = counts.flatMap((name) => [`--${name}`, String(flags[name])]);
  if (state) args.push('--debugger', state);
  const { stdout, stderr, code } = await runPython([script, kernel, ...args], env);
  if (code !== 0) throw new Error(`${kernel} could not be measured:\n${stderr}`);
  const figures = JSON.parse(stdout) as Figures;
  all.push(state ? { ...figures, kernel: `${kernel}, debugger ${state}` } : figures);
}

report(
  'kernel',
  all.map((figures) => ({ ...figures })),
  flags.json,
);
