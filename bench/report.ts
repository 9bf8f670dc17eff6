/** How every bench tells what it measured: a table for people, or a line of JSON a row for `bench/all.ts`. */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { formatTable } from '../src/terminal.ts';

/** A row of a table; texts and the columns named as keys say what was measured, the other numbers are figures. */
export type Row = Readonly<Record<string, string | number | undefined>>;

/** One line of `--json`. */
export interface JsonLine {
  readonly table: string;
  readonly row: Row;
}

/** `Node v20.20.2, 2 x AMD EPYC`. */
export function machineName(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  return `Node ${process.version}, ${availableParallelism()} x ${model}`;
}

/** That of the last minute: `0.1`. */
export const loadOf = (): string => loadavg()[0]!.toFixed(1);

/** The machine as the tables name it: `Node v20.20.2, 2 x AMD EPYC, load 0.1`. */
export const machine = (): string => `${machineName()}, load ${loadOf()}`;

/** Prints a table, or its rows as JSON. */
export function report(table: string, rows: readonly Row[], json = false): void {
  if (json) {
    for (const row of rows) console.log(JSON.stringify({ table, row } satisfies JsonLine));
    return;
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  console.log(`${formatTable(rows.map(rounded), columns)}\n`);
}

function rounded(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toPrecision(Math.max(3, digits(value)))) : value,
    ]),
  );
}

const digits = (value: number): number => Math.trunc(Math.abs(value)).toString().length;
