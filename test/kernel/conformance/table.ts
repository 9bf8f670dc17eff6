/** Writes what kernels keep of the promises into docs/kernel.md: `node --import tsx test/kernel/conformance/table.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Command } from 'commander';
import { runPython } from '../../../src/jupyter/run-notebook.ts';

interface Check {
  readonly promise: string;
  readonly problem: string | null;
}
type Checks = Readonly<Record<string, Check>>;

const { from, deadline } = new Command('table.ts')
  .description('Runs driver.py on streamtrain and tslab of .venv and puts the table into docs/kernel.md.')
  .option('--from <folder>', 'take <kernel>.json, the output of earlier runs, from here instead of running')
  .option('--deadline <seconds>', 'how long a cell may take before it counts as hanging', '10')
  .parse()
  .opts<{ from?: string; deadline: string }>();

const here = import.meta.dirname;
const require = createRequire(import.meta.url);
const begin = '<!-- promises: written by test/kernel/conformance/table.ts -->';
const end = '<!-- end of promises -->';

const ours = await checksOf('streamtrain');
const theirs = await checksOf('tslab');
const kept = (checks: Checks) => Object.values(checks).filter(({ problem }) => problem === null).length;
const names = Object.keys(ours);
const rows = names.map((name) => {
  const other = theirs[name];
  return `| ${cell(ours[name]!.promise)} | ${verdict(ours[name]!)} | ${other ? verdict(other) : 'not run'} |`;
});
const table = [
  begin,
  '',
  `Node ${process.versions.node}, TypeScript ${versionOf('typescript')}, tslab ${versionOf('tslab')}; a cell that did ` +
    `not end in ${deadline} s on tslab counts as hanging.`,
  '',
  '| promise | streamtrain | tslab |',
  '| --- | --- | --- |',
  ...rows,
  `| **kept, of ${names.length}** | **${kept(ours)}** | **${kept(theirs)}** |`,
  '',
  end,
].join('\n');

const file = path.join(here, '../../../docs/kernel.md');
const text = await readFile(file, 'utf8');
const [first, last] = [text.indexOf(begin), text.indexOf(end)];
if (first < 0 || last < first) throw new Error(`${file} has no "${begin}" ... "${end}" to write between`);
await writeFile(file, text.slice(0, first) + table + text.slice(last + end.length));

async function checksOf(kernel: string): Promise<Checks> {
  if (from !== undefined)
    return parsed(await readFile(path.join(from, `${kernel}.json`), 'utf8'));
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  const args = [path.join(here, 'driver.py'), kernel, '--deadline', deadline];
  const { stdout, stderr, code } = await runPython(args, env);
  if (code !== 0) throw new Error(`${kernel}: ${stderr}`);
  return parsed(stdout);
}

/** The last line: before it may stand what a kernel let cells print past it, onto the driver's own output. */
function parsed(stdout: string): Checks {
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as Checks;
}

function verdict({ problem }: Check): string {
  if (problem === null) return 'yes';
  if (problem.includes('within the deadline')) return 'no (no answer in time)';
  return problem.includes('no reply') ? 'no (no reply)' : 'no';
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function versionOf(name: string): string {
  return (require(`${name}/package.json`) as { version: string }).version;
}
