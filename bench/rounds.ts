/** Rounds of benches, in turn: each is a program of its own, whose rows are gathered; one that fails stops no other. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { descendants, ended, endLeftovers, endProcess, hasEnded } from '../src/process/index.ts';
import { messageOf } from '../src/errors.ts';
import type { JsonLine } from './report.ts';
import { addRow, type Measured } from './tables.ts';

/** A program that prints its rows as `report()` of `report.ts` does for `--json`. */
export interface Bench {
  readonly name: string;
  /** What Node runs. */
  readonly args: readonly string[];
  /** What it takes on an idle machine, about; what is left of a run is estimated from it until it has run once. */
  readonly seconds: number;
}

/** What came of all rounds. */
export interface Found {
  /** The rows of each bench, also of one that failed or was interrupted, by its name. */
  readonly rows: ReadonlyMap<string, readonly Measured[]>;
  /** What was wrong with those that failed. */
  readonly failed: ReadonlyMap<string, string>;
}

interface Options {
  readonly benches: readonly Bench[];
  readonly rounds: number;
  /** Ends the bench that runs, and the rounds. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** One that takes longer than so many seconds has failed. */
  readonly patience?: number;
}

const PATIENCE = 30 * 60;

/** Runs every bench once a round; one that failed is left out of the rounds that follow. */
export async function runRounds({
  benches,
  rounds,
  signal,
  say,
  patience = PATIENCE,
}: Options): Promise<Found> {
  const rows = new Map<string, Map<string, Measured>>();
  const failed = new Map<string, string>();
  const took = new Map<string, number[]>();
  const began = performance.now();
  for (let round = 1; round <= rounds; round++)
    for (const [at, bench] of benches.entries()) {
      if (signal.aborted) break;
      if (failed.has(bench.name)) continue;
      const ahead = [
        ...benches.slice(at),
        ...Array.from({ length: rounds - round }, () => benches).flat(),
      ].filter(({ name }) => !failed.has(name));
      const left = secondsLeft(ahead, benches, took);
      const so = minutes((performance.now() - began) / 1000);
      say(`round ${round} of ${rounds}: ${bench.name} (${so} min so far, some ${minutes(left)} min left)`);
      const own = rows.get(bench.name) ?? new Map<string, Measured>();
      rows.set(bench.name, own);
      const since = performance.now();
      try {
        await runOnce(bench, signal, patience, ({ table, row }) => addRow(own, table, row));
      } catch (error) {
        if (signal.aborted) break;
        failed.set(bench.name, messageOf(error));
        say(`${bench.name} failed in round ${round}, and is left out from here on: ${messageOf(error)}`);
      }
      took.set(bench.name, [...(took.get(bench.name) ?? []), (performance.now() - since) / 1000]);
    }
  return { rows: new Map([...rows].map(([name, own]) => [name, [...own.values()]])), failed };
}

const minutes = (seconds: number): string => (seconds / 60).toFixed(seconds < 570 ? 1 : 0);

/** By what each bench took; one that has not run yet by what it usually takes, as much slower as the others were. */
export function secondsLeft(
  ahead: readonly Bench[],
  benches: readonly Bench[],
  took: ReadonlyMap<string, readonly number[]>,
): number {
  const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const known = benches.filter(({ name }) => took.has(name));
  const usual = known.reduce((sum, { seconds }) => sum + seconds, 0);
  const real = known.reduce((sum, { name }) => sum + mean(took.get(name)!), 0);
  const slower = usual > 0 ? real / usual : 1;
  return ahead.reduce((sum, { name, seconds }) => {
    const own = took.get(name);
    return sum + (own ? mean(own) : seconds * slower);
  }, 0);
}

async function runOnce(
  { args }: Bench,
  signal: AbortSignal,
  patience: number,
  onLine: (line: JsonLine) => void,
): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const started = new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const isLate = AbortSignal.timeout(patience * 1000);
  const stop = async (): Promise<void> => {
    const family = descendants(child.pid);
    await endProcess(child);
    await endLeftovers(family);
  };
  const either = AbortSignal.any([signal, isLate]);
  let stopping: Promise<void> | undefined;
  either.addEventListener('abort', () => {
    stopping = stop();
  });
  await started;
  let count = 0;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      // What a library prints on the way is none of ours.
      if (!line.startsWith('{"table":')) continue;
      count++;
      onLine(JSON.parse(line) as JsonLine);
    }
    await ended(child);
  } finally {
    // After a line that cannot be read it still runs.
    if (!hasEnded(child)) stopping ??= stop();
    await stopping;
  }
  if (isLate.aborted) throw new Error(`It took more than ${patience} s.`);
  if (child.exitCode !== 0) throw new Error(`It ended with ${child.exitCode ?? child.signalCode}.`);
  if (count === 0) throw new Error('It reported no rows.');
}
