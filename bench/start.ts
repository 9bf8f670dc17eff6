/** What a process costs before it trains, and JupyterLab before it answers: `node --import tsx bench/start.ts`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../src/cli/values.ts';
import { startJupyter } from '../src/jupyter/index.ts';
import { machine, report } from './report.ts';
import { median } from './tables.ts';

const flags = new Command('bench/start.ts')
  .description(
    'Stages of a process from its start to the first loss, imports of rooms, and JupyterLab: processor and wall clock. ' +
      'Runs what was compiled (npm run build).',
  )
  .option('--repeat <times>', 'each so often, in turn; the median counts', wholeNumber(1), 3)
  .option('--json', 'one line of JSON for each measurement')
  .parse()
  .opts<{ repeat: number; json?: boolean }>();

interface Stage {
  readonly stage: string;
  /** Not where the system does not tell it of another process. */
  readonly processorMs?: number;
  readonly wallMs: number;
}

const program = fileURLToPath(new URL('./start-tasks/first-step.mjs', import.meta.url));

function ofProcess(...room: string[]): Stage[] {
  return JSON.parse(execFileSync(process.execPath, [program, ...room], { encoding: 'utf8' })) as Stage[];
}

/** From the start of its Python to its first answer. */
async function ofJupyterLab(): Promise<Stage> {
  const since = performance.now();
  const jupyter = await startJupyter();
  try {
    const wallMs = performance.now() - since;
    const processorMs = processorOf(jupyter.pid);
    return { stage: 'JupyterLab answers', wallMs, ...(processorMs === undefined ? {} : { processorMs }) };
  } finally {
    await jupyter.stop();
  }
}

/** Linux tells it in hundredths of a second: fields 14 and 15, with that of children that have ended in 16 and 17. */
function processorOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field) * 10, 0);
}

const all: Stage[] = [];
for (let time = 0; time < flags.repeat; time++) {
  all.push(...ofProcess());
  for (const room of ['training', 'index'])
    all.push(...ofProcess(room).filter(({ stage }) => stage !== 'Node'));
  all.push(await ofJupyterLab());
}

const figure = (stage: string, name: 'processorMs' | 'wallMs') => {
  const values = all.filter((one) => one.stage === stage).map((one) => one[name]);
  return values.every((value) => value !== undefined) ? median(values) : undefined;
};
const rows = [...new Set(all.map(({ stage }) => stage))].map((stage) => ({
  stage,
  processorMs: figure(stage, 'processorMs'),
  wallMs: figure(stage, 'wallMs'),
}));
if (!flags.json) console.log(machine());
report('start', rows, flags.json);
