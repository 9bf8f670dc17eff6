/** Runs the benches several times and writes their tables into the texts that have a place for them: `npm run bench`. */
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { list, wholeNumber } from '../src/cli/values.ts';
import { engineParts } from '../src/engines/index.ts';
import { Interruption, listenForInterrupts } from '../src/process/index.ts';
import { loadOf, machineName } from './report.ts';
import { runRounds, type Bench } from './rounds.ts';
import { summary } from './summary.ts';
import { tables, type Measured } from './tables.ts';
import { blockOf, readTexts, withoutPlace, writeBlocks } from './texts.ts';

/** A bench: its program, what that is called with (`{python}`: that of `--python`), and the tables it reports. */
interface Listed {
  readonly program?: string;
  readonly args?: readonly string[];
  readonly tables: readonly string[];
  /** On an idle machine. */
  readonly seconds: number;
}

/** All of them, in the order of a round. */
export const BENCHES: Readonly<Record<string, Listed>> = {
  kafka: { tables: ['kafka'], seconds: 60 },
  codecs: { tables: ['codecs'], seconds: 4 },
  step: { args: ['--rounds', '8', '--python', '{python}'], tables: ['step'], seconds: 40 },
  floor: { program: 'step', args: ['--floor', '--rounds', '6'], tables: ['floor'], seconds: 26 },
  training: {
    args: ['--tenfold', '--only', 'batch,online,seldom,resume'],
    tables: ['training'],
    seconds: 135,
  },
  river: { args: ['--repeat', '1', '--python', '{python}'], tables: ['river'], seconds: 25 },
  serve: {
    args: ['--seconds', '8'],
    tables: ['serve', 'serve-requests', 'serve-latency'],
    seconds: 50,
  },
  'serve-http': { args: ['--rounds', '1', '--seconds', '2'], tables: ['serve-http'], seconds: 16 },
  kernel: { args: ['--starts', '3'], tables: ['kernel'], seconds: 60 },
  start: { args: ['--repeat', '1'], tables: ['start', 'npm-start'], seconds: 16 },
  spark: { tables: ['spark', 'spark-model'], seconds: 35 },
};

interface Flags {
  runs: number;
  only: string[];
  python?: string;
  print?: boolean;
}

const command = new Command('npm run bench --')
  .description(
    'Runs each bench several times, all in turn, and writes median, least and most of every figure into the tables of ' +
      'README.md, bench/README.md and docs/scale-out.md. On an idle machine a round takes seven to eight minutes. Ctrl-C prints ' +
      'what was measured and leaves the texts as they were.',
  )
  .option('--runs <count>', 'rounds', wholeNumber(1), 5)
  .option('--only <benches>', `of ${Object.keys(BENCHES).join(', ')}`, list, Object.keys(BENCHES))
  .option('--python <path>', 'a Python with TensorFlow and river: measures their sides, too')
  .addOption(new Option('--print', 'only print the tables'));

/**
 * Does what the command line says.
 *
 * @param args without Node and the program
 * @returns the exit code: 1 where a bench failed, 130 after a Ctrl-C
 */
export async function main(args: readonly string[]): Promise<number> {
  const { runs, only, python, print } = command.parse(args, { from: 'user' }).opts<Flags>();
  const unknown = only.find((name) => !(name in BENCHES));
  if (unknown !== undefined)
    command.error(`There is no bench "${unknown}": only ${Object.keys(BENCHES).join(', ')}.`);
  const names = await chosen(only, python, print);
  if (!print) await checkPlaces(names);
  const machine = machineName();
  const load = loadOf();
  const interrupts = listenForInterrupts();
  const { rows, failed } = await runRounds({
    benches: names.map((name) => benchOf(name, python)),
    rounds: runs,
    signal: interrupts.signal,
    say: (line) => console.error(line),
  }).finally(() => interrupts.dispose());

  const day = new Date().toISOString().slice(0, 10);
  const captionOf = (found: readonly Measured[]): string => {
    const count = Math.max(
      0,
      ...found.flatMap(({ figures }) => [...figures.values()].map((all) => all.length)),
    );
    const how = count === 1 ? 'one run.' : `the median of ${count} runs, in brackets the least and the most.`;
    return `${day}, ${machine}, load ${load} at the start; ${how}`;
  };
  const blocksOf = (found: readonly Measured[]): [string, string][] =>
    tables(found).map(({ name, text }) => [name, `${captionOf(found)}\n\n${text}`]);
  const isWhole = (name: string): boolean => !print && !interrupts.signal.aborted && !failed.has(name);
  const whole = [...rows].filter(([name]) => isWhole(name)).flatMap(([, found]) => found);
  const rest = [...rows].filter(([name]) => !isWhole(name)).flatMap(([, found]) => found);

  for (const [name, block] of blocksOf(rest)) console.log(`${name}: ${block}\n`);
  if (whole.length > 0) await write(new Map(blocksOf(whole)), whole, { day, machine });
  for (const [name, problem] of failed)
    console.error(`✗ ${name} failed: ${problem} Its tables stay as they were.`);
  const reason: unknown = interrupts.signal.reason;
  if (reason instanceof Interruption) {
    console.error('Interrupted: the texts stay as they were.');
    return reason.exitCode;
  }
  return failed.size > 0 ? 1 : 0;
}

/** Leaves out what is not here, and says so, and what else the tables will not have. */
async function chosen(only: readonly string[], python: string | undefined, print = false): Promise<string[]> {
  const names = [...new Set(only)];
  const [now = 0] = loadavg();
  if (now > availableParallelism() / 4)
    console.error(`Other work keeps this machine at a load of ${now.toFixed(1)}; the tables will say so.`);
  const peers = names.filter((name) => BENCHES[name]!.args?.includes('{python}'));
  if (python === undefined && peers.length > 0 && !print)
    console.error(`Without --python the tables of ${peers.join(' and ')} have only this library's side.`);
  if (!names.includes('spark') || (await engineParts('spark')).isFetched) return names;
  console.error('Left out: spark, which is not here ("npx streamtrain engines fetch spark").');
  return names.filter((name) => name !== 'spark');
}

/** Fails before anything is measured where a table has no place, or a mark no end. */
async function checkPlaces(names: readonly string[]): Promise<void> {
  const wanted = [...names.flatMap((name) => BENCHES[name]!.tables), 'summary'];
  const missing = withoutPlace(await readTexts(), wanted);
  if (missing.length > 0)
    throw new Error(`No text has a place for the tables ${missing.join(', ')} (<!-- figures: NAME -->).`);
}

function benchOf(name: string, python: string | undefined): Bench {
  const { program = name, args = [], seconds } = BENCHES[name]!;
  const at = args.indexOf('{python}');
  const own = args.map((word) => (word === '{python}' ? (python ?? '') : word));
  if (at >= 0 && python === undefined) own.splice(at - 1, 2);
  const file = fileURLToPath(new URL(`${program}.ts`, import.meta.url));
  return { name, seconds, args: ['--import', 'tsx', file, '--json', ...own] };
}

async function write(
  blocks: Map<string, string>,
  rows: readonly Measured[],
  occasion: { day: string; machine: string },
): Promise<void> {
  const texts = await readTexts();
  for (const name of withoutPlace(texts, [...blocks.keys()]))
    console.error(`No text has a place for the table "${name}":\n\n${blocks.get(name)}\n`);
  blocks.set('summary', summary(rows, occasion, blockOf(texts.get('README.md')!, 'summary') ?? ''));
  console.error(`Written: ${(await writeBlocks(blocks)).join(', ')}.`);
}
