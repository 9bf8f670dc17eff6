/** Writes what kernels keep of the promises into docs/kernel.md: `node --import tsx test/kernel/conformance/table.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { runDriver, type Check } from './run-driver.ts';

const { deadline } = new Command('table.ts')
  .description('Runs driver.py on streamtrain and tslab of .venv and puts the table into docs/kernel.md.')
  .option('--deadline <seconds>', 'how long a cell may take before it counts as hanging', '10')
  .parse()
  .opts<{ deadline: string }>();

const here = import.meta.dirname;
const require = createRequire(import.meta.url);
const begin = '<!-- promises: written by test/kernel/conformance/table.ts -->';
const end = '<!-- end of promises -->';

const ours = await checksOf('streamtrain');
const theirs = await checksOf('tslab');
const kept = (checks: Readonly<Record<string, Check>>) =>
  Object.values(checks).filter(({ problem }) => problem === null).length;
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
const written = text.slice(0, first) + table + text.slice(last + end.length);
await writeFile(file, await format(written, { ...(await resolveConfig(file)), filepath: file }));

async function checksOf(kernel: string): Promise<Readonly<Record<string, Check>>> {
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  return runDriver(kernel, { env, deadline: Number(deadline) });
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
