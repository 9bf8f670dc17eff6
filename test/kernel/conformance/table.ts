/** Writes what kernels keep of the promises into docs/kernel.md: `node --import tsx test/kernel/conformance/table.ts`. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Command } from 'commander';
import { formatted } from '../../../scripts/formatted.mjs';
import { runPython } from '../../../src/jupyter/run-notebook.ts';
import { runDriver, type Check } from './run-driver.ts';

/** The columns: how the table calls a kernel, and how Jupyter does. */
const COLUMNS = [
  ['streamtrain', 'streamtrain'],
  ['tslab', 'tslab'],
  ['Deno', 'deno'],
  ['ipykernel', 'python3'],
] as const;

const { deadline, results } = new Command('table.ts')
  .description('Runs driver.py on four kernels, one after the other, and puts the table into docs/kernel.md.')
  .option('--deadline <seconds>', 'how long a cell may take before it counts as hanging', '10')
  .option(
    '--results <folder>',
    'keep what came of a kernel as NAME.json there, and take what is there already',
  )
  .addHelpText(
    'after',
    '\nstreamtrain, tslab and ipykernel are those of .venv. Deno: `npm install deno` in a scratch folder,\n' +
      '`deno jupyter --install` there, and JUPYTER_PATH where its kernelspec is.',
  )
  .parse()
  .opts<{ deadline: string; results?: string }>();

const here = import.meta.dirname;
const require = createRequire(import.meta.url);
const begin = '<!-- promises: written by test/kernel/conformance/table.ts -->';
const end = '<!-- end of promises -->';

const env = { ...process.env, PYDEVD_DISABLE_FILE_VALIDATION: '1' };
delete (env as NodeJS.ProcessEnv)['NODE_OPTIONS'];
const asked = await runPython(['-c', versionsProgram()], env);
if (asked.code !== 0) throw new Error(asked.stderr);
const [ipykernel, deno] = asked.stdout.trim().split('\n');
const all: Readonly<Record<string, Check>>[] = [];
for (const [, kernel] of COLUMNS) {
  console.error(`${new Date().toISOString()} ${kernel}`);
  const checks = await kept(kernel);
  all.push(checks);
  for (const [name, { asked: wasAsked, problem }] of Object.entries(checks))
    if (wasAsked && problem !== null) console.error(`  ${name}: ${problem.slice(0, 300)}`);
}

/** The checks of `promises_others.py` come last and are no promises of ours. */
const others = ['subshells', 'magics', 'modules_by_address', 'debug_set_variable'];
const names = Object.keys(all[0]!);
const ours = names.filter((name) => !others.includes(name));
const rowsOf = (wanted: readonly string[]) =>
  wanted.map((name) => `| ${[cell(all[0]![name]!.promise), ...all.map((each) => verdict(each[name]!))].join(' | ')} |`); // prettier-ignore
const head = (title: string) => [
  `| ${[title, ...COLUMNS.map(([column]) => column)].join(' | ')} |`,
  `| ${['---', ...COLUMNS.map(() => '---')].join(' | ')} |`,
];
const table = [
  begin,
  '',
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, TypeScript ${versionOf('typescript')}, tslab ${versionOf('tslab')}, Deno ${deno}, ` +
    `ipykernel ${ipykernel}; a cell that did not end in ${deadline} s counts as hanging, if it did not either when it was asked again. "-": not asked, since the promise ` +
    'is of a language or of names that the kernel has not.',
  '',
  ...head('promise'),
  ...rowsOf(ours),
  `| **kept, of those asked** | ${all.map((each) => `**${score(each)}**`).join(' | ')} |`,
  '',
  'What others have, asked of all in the same run:',
  '',
  ...head('what others have'),
  ...rowsOf(others),
  '',
  end,
].join('\n');

const file = path.join(here, '../../../docs/kernel.md');
const text = await readFile(file, 'utf8');
const [first, last] = [text.indexOf(begin), text.indexOf(end)];
if (first < 0 || last < first) throw new Error(`${file} has no "${begin}" ... "${end}" to write between`);
const written = text.slice(0, first) + table + text.slice(last + end.length);
await writeFile(file, await formatted(file, written));

/** What came of a kernel, from an earlier run if it is kept. */
async function kept(kernel: string): Promise<Record<string, Check>> {
  const file = results === undefined ? undefined : path.join(results, `${kernel}.json`);
  if (file !== undefined && existsSync(file))
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, Check>;
  const checks = await measured(kernel);
  if (file !== undefined) await writeFile(file, JSON.stringify(checks));
  return checks;
}

async function measured(kernel: string): Promise<Record<string, Check>> {
  const options = { env, deadline: Number(deadline), others: true };
  const checks = await runDriver(kernel, options);
  // Something else may have kept the machine busy: each one that was late is asked once more, by itself.
  for (const [name, { problem }] of Object.entries(checks))
    if (problem !== null && isLate(problem))
      Object.assign(checks, await runDriver(kernel, { ...options, only: [name] }));
  return checks;
}

function score(checks: Readonly<Record<string, Check>>): string {
  const asked = ours.map((name) => checks[name]!).filter((check) => check.asked);
  return `${asked.filter(({ problem }) => problem === null).length} of ${asked.length}`;
}

function verdict({ problem, asked }: Check): string {
  if (!asked) return '-';
  if (problem === null) return 'yes';
  if (!isLate(problem)) return 'no';
  return problem.includes('within the deadline') ? 'no (no answer in time)' : 'no (no reply)';
}

function isLate(problem: string): boolean {
  return problem.includes('within the deadline') || problem.includes('no reply');
}

function versionsProgram(): string {
  return `
import subprocess, ipykernel
from jupyter_client.kernelspec import get_kernel_spec
print(ipykernel.__version__)
print(subprocess.run([get_kernel_spec("deno").argv[0], "--version"], capture_output=True, text=True).stdout.split()[1])`;
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function versionOf(name: string): string {
  return (require(`${name}/package.json`) as { version: string }).version;
}
