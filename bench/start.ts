/** What a process costs before it trains, JupyterLab before it answers, and a second `npm start`: `node --import tsx bench/start.ts`. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { wholeNumber } from '../src/cli/values.ts';
import { startJupyter } from '../src/jupyter/index.ts';
import { machine, report } from './report.ts';
import { measureNpmStart, type StartRow } from './start-tasks/npm-start.ts';
import { processorMsOf } from './start-tasks/processor.ts';
import { median } from './tables.ts';

const flags = new Command('bench/start.ts')
  .description(
    'Stages of a process from its start to the first loss, imports of rooms, JupyterLab, and `npm start` in this clone once it is ' +
      'set up: processor and wall clock. ' +
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
    const processorMs = processorMsOf(jupyter.pid);
    return { stage: 'JupyterLab answers', wallMs, ...(processorMs === undefined ? {} : { processorMs }) };
  } finally {
    await jupyter.stop();
  }
}

const all: Stage[] = [];
const starts: StartRow[] = [];
for (let time = 0; time < flags.repeat; time++) {
  all.push(...ofProcess());
  for (const room of ['training', 'index'])
    all.push(...ofProcess(room).filter(({ stage }) => stage !== 'Node'));
  all.push(await ofJupyterLab());
  starts.push(...(await measureNpmStart()));
}

/** The median; undefined where it was not measured. */
const middle = (values: readonly (number | undefined)[]): number | undefined =>
  values.every((value) => value !== undefined) ? median(values) : undefined;
const figure = (stage: string, name: 'processorMs' | 'wallMs') =>
  middle(all.filter((one) => one.stage === stage).map((one) => one[name]));
const startFigure = (part: string, name: 'seconds' | 'cpuSeconds') =>
  middle(starts.filter((one) => one.part === part).map((one) => one[name]));
const rows = [...new Set(all.map(({ stage }) => stage))].map((stage) => ({
  stage,
  processorMs: figure(stage, 'processorMs'),
  wallMs: figure(stage, 'wallMs'),
}));
if (!flags.json) console.log(machine());
report('start', rows, flags.json);
report(
  'npm-start',
  [...new Set(starts.map(({ part }) => part))].map((part) => ({
    part,
    seconds: startFigure(part, 'seconds'),
    cpuSeconds: startFigure(part, 'cpuSeconds'),
  })),
  flags.json,
);
