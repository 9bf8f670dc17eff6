/** What a measurement is: a piece of work over a topic, timed by itself, in a process of its own. */

/** What each measurement is told. */
export interface TaskInput {
  brokers: string[];
  topic: string;
  rows: number;
  columns: number;
}

/** Does the work and resolves to the number of rows that went through; says when the first one is there. */
export type Task = (input: TaskInput, onFirst: () => void) => Promise<number>;

/** What a process reports about its measurement. */
export interface TaskReport {
  rows: number;
  /** Of the work alone, without loading modules. */
  seconds: number;
  /** Of these, until the first row was there: connecting, joining a group. Undefined where a task does not say. */
  startSeconds: number | undefined;
  /** Processor time of this process during the work. */
  cpuSeconds: number;
  /** Highest resident memory, in MiB. */
  peakMiB: number;
  /** Resident memory in MiB, sampled four times a second. */
  samples: number[];
}

/** How many different rows there are; they are written again and again. */
const pool = 10_000;

/** Rows as a dataset has them: mostly short decimals. The same in every process. */
export function makeRows(columns: number): { key: string; value: string }[] {
  let state = 42;
  const draw = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return Array.from({ length: pool }, () => ({
    key: draw() < 0.5 ? '0' : '1',
    value: Array.from({ length: columns }, (_, i) =>
      i % 2 ? draw().toFixed(4) : String(Math.ceil(draw() * 10)),
    ).join(),
  }));
}

/** `count` of those rows, one after the other, without holding them. */
export function* rowStream(
  count: number,
  columns: number,
): Generator<{ key: string; value: string }, void, undefined> {
  const rows = makeRows(columns);
  for (let i = 0; i < count; i++) yield rows[i % pool]!;
}
