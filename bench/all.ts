/** Runs the benches several times and writes their tables into the texts that have a place for them: `npm run bench`. */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { list, wholeNumber } from '../src/cli/values.ts';
import { engineParts } from '../src/engines/index.ts';
import { machine, type JsonLine } from './report.ts';
import { keyOf, summary, tables, type Measured } from './tables.ts';

/** The benches and what they are called with; `{python}` stands for `--python`, and drops its flag where none is given. */
const benches: Readonly<Record<string, readonly string[]>> = {
  kafka: [],
  codecs: [],
  step: ['--python', '{python}'],
  training: ['--tenfold'],
  river: ['--repeat', '1', '--python', '{python}'],
  serve: [],
  'serve-http': ['--rounds', '1'],
  kernel: [],
  start: ['--repeat', '1'],
  spark: [],
};

/** Where tables stand, beside the summary in README.md. */
const TEXTS = ['bench/README.md', 'docs/scale-out.md'];

const command = new Command('npm run bench --')
  .description(
    'Runs each bench several times, all in turn, and writes median, least and most of every figure into the tables of ' +
      'README.md, bench/README.md and docs/scale-out.md. On an idle machine a round takes some seven minutes.',
  )
  .option('--runs <count>', 'rounds', wholeNumber(1), 5)
  .option('--only <benches>', `of ${Object.keys(benches).join(', ')}`, list, Object.keys(benches))
  .option('--python <path>', 'a Python with TensorFlow and river: measures their sides, too')
  .addOption(new Option('--print', 'only print the tables'))
  .parse();
const flags = command.opts<{ runs: number; only: string[]; python?: string; print?: boolean }>();

const unknown = flags.only.filter((name) => !(name in benches));
if (unknown.length > 0)
  command.error(`There is no bench "${unknown[0]}": only ${Object.keys(benches).join(', ')}.`);
if (flags.only.includes('spark') && !(await engineParts('spark')).isFetched) {
  console.error('Left out: spark, which is not here ("npx streamtrain engines fetch spark").');
  flags.only = flags.only.filter((name) => name !== 'spark');
}
const [load = 0] = loadavg();
if (load > availableParallelism() / 4)
  console.error(`Other work keeps this machine at a load of ${load.toFixed(1)}; the tables will say so.`);

if (!flags.print) await Promise.all([...TEXTS, 'README.md'].map(checkMarks));
const where = `${machine()} at the start`;
const found = new Map<string, Measured>();
const began = performance.now();
for (let round = 1; round <= flags.runs; round++)
  for (const name of flags.only) {
    const minutes = ((performance.now() - began) / 60_000).toFixed(1);
    console.error(`round ${round} of ${flags.runs}: ${name} (${minutes} min so far)`);
    await run(name);
  }

const today = new Date().toISOString().slice(0, 10);
const caption = `${today}, ${where}; the median of ${flags.runs} runs, in brackets the least and the most.`;
const blocks = new Map(tables([...found.values()]).map(({ name, text }) => [name, `${caption}\n\n${text}`]));
if (flags.print) for (const text of blocks.values()) console.log(`${text}\n`);
else {
  const written = new Set<string>();
  for (const file of TEXTS) for (const name of await write(file, blocks)) written.add(name);
  for (const [name, block] of blocks)
    if (!written.has(name)) console.error(`No text has a place for the table "${name}":\n\n${block}\n`);
  await write('README.md', new Map([['summary', `${caption}\n\n${summary([...found.values()])}`]]));
}

/** Runs a bench once and adds its rows to what was found. */
async function run(name: string): Promise<void> {
  const at = benches[name]!.indexOf('{python}');
  const own = benches[name]!.map((word) => (word === '{python}' ? (flags.python ?? '') : word));
  if (at >= 0 && flags.python === undefined) own.splice(at - 1, 2);
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file, '--json', ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    // What a library prints on the way is none of ours.
    if (!line.startsWith('{"table":')) continue;
    const { table, row } = JSON.parse(line) as JsonLine;
    const key = keyOf(table, row);
    const known = found.get(key) ?? { table, row, figures: new Map<string, number[]>() };
    found.set(key, known);
    for (const [column, value] of Object.entries(row)) {
      if (typeof value !== 'number') continue;
      known.figures.set(column, [...(known.figures.get(column) ?? []), value]);
    }
  }
  const code = await exit;
  if (code !== 0) throw new Error(`The bench ${name} ended with ${code}.`);
}

/** Fails before anything is measured where a text has no end for one of its marks. */
async function checkMarks(path: string): Promise<void> {
  const text = await readFile(new URL(`../${path}`, import.meta.url), 'utf8');
  const [begun, ended] = [text.split('<!-- figures: ').length, text.split('<!-- end of figures -->').length];
  if (begun !== ended)
    throw new Error(`${path} has ${begun - 1} marks of tables and ${ended - 1} ends of them.`);
}

/**
 * Replaces what stands between `<!-- figures: NAME -->` and `<!-- end of figures -->`; one that was not measured stays.
 *
 * @returns the names of those that have a place in this text
 */
async function write(path: string, texts: ReadonlyMap<string, string>): Promise<string[]> {
  const url = new URL(`../${path}`, import.meta.url);
  let text = await readFile(url, 'utf8');
  const written: string[] = [];
  for (const [name, block] of texts) {
    const begin = `<!-- figures: ${name} -->\n`;
    const from = text.indexOf(begin);
    const to = text.indexOf('<!-- end of figures -->', from);
    if (from < 0 || to < 0) continue;
    text = `${text.slice(0, from + begin.length)}\n${block}\n\n${text.slice(to)}`;
    written.push(name);
  }
  await writeFile(url, text);
  if (written.length > 0)
    console.error(`${path}: ${written.join(', ')} written; format it with npm run format`);
  return written;
}
