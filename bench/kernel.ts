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
  json?: boolean;
}

interface Figures {
  readonly kernel: string;
  readonly startSeconds: number;
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
  .option('--json', 'figures as JSON')
  .parse()
  .opts<Flags>();

const script = fileURLToPath(new URL('kernel-tasks/measure.py', import.meta.url));
const env = { ...process.env };
delete env['NODE_OPTIONS'];
if (!flags.json) console.log(machine());
const all: Figures[] = [];
for (const kernel of flags.kernels) {
  const counts = ['starts', 'cells', 'lines'] as const;
  const args = counts.flatMap((name) => [`--${name}`, String(flags[name])]);
  const { stdout, stderr, code } = await runPython([script, kernel, ...args], env);
  if (code !== 0) throw new Error(`${kernel} could not be measured:\n${stderr}`);
  all.push(JSON.parse(stdout) as Figures);
}

report(
  'kernel',
  all.map((figures) => ({ ...figures })),
  flags.json,
);
