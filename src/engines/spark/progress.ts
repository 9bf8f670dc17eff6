/** Where a training on Spark stands: what is reported after a round, and what of it lives in the checkpoint. */
import { isDeepStrictEqual } from 'node:util';
import type { Position } from '../../kafka/index.ts';
import { checkInteger, checkNumber } from '../../options.ts';
import type { State, Stateful } from '../../state.ts';
import type { Offsets } from './query-folder.ts';

/** Told after each round. */
export interface SparkProgress {
  /** Rounds learnt over all runs on this checkpoint. */
  readonly rounds: number;
  /** Rows of this round, each counted once, however many epochs. */
  readonly rows: number;
  /** Rows learnt over all runs. */
  readonly totalRows: number;
  /** Records left out because they could not be read, over all runs. */
  readonly badRecords: number;
  /** Parts that learnt in this round: partitions with rows. */
  readonly parts: number;
  /** Mean loss a row in the last epoch of the parts, before their mean was taken; undefined where no record could be read. */
  readonly loss: number | undefined;
  /** The model's steps: of the part that made the most, summed over rounds. */
  readonly steps: number;
  /** The round from its begin to its checkpoint, s. */
  readonly seconds: number;
  /** Of that, what the slowest part fetched and learnt, s. The rest is the way there and back, and the mean. */
  readonly workSeconds: number;
  /** Bytes of states that went to the parts and came back. */
  readonly exchangedBytes: number;
  /** The next offset to read of every partition. */
  readonly position: Position;
  /** The id of the checkpoint, if they are kept. */
  readonly checkpoint: string | undefined;
}

/** How large rounds were made for a number of them. */
interface Cut {
  readonly rounds: number;
  /** Where the topic ended when it was cut. */
  readonly ends: Offsets;
  readonly rowsPerRound: number;
}

/** What outlives a process: how much was learnt, and of which batch of which query. */
export class SparkRounds implements Stateful {
  readonly kind = 'trainOnSpark';
  rounds = 0;
  rows = 0;
  badRecords = 0;
  /** The query of Spark's that the last round was of, and its batch there. */
  query = '';
  batch = -1;
  #cut: Cut | undefined;

  /**
   * Rows of a round for so many rounds up to these ends. Asked again for the same, after a kill say, it is what it was, not a
   * share of what is left.
   */
  rowsPerRound(rounds: number, begins: Offsets, ends: Offsets): number {
    const { rounds: asked, ends: cutFor, rowsPerRound } = this.#cut ?? {};
    if (rowsPerRound !== undefined && asked === rounds && isDeepStrictEqual(cutFor, ends))
      return rowsPerRound;
    const left = Object.entries(ends).reduce((sum, [one, end]) => sum + end - (begins[one] ?? 0), 0);
    this.#cut = { rounds, ends, rowsPerRound: Math.max(1, Math.ceil(left / rounds)) };
    return this.#cut.rowsPerRound;
  }

  save(): State {
    const { rounds, rows, badRecords, query, batch } = this;
    return { rounds, rows, badRecords, query, batch, ...(this.#cut && { cut: { ...this.#cut } }) };
  }

  restore(state: State): void {
    const found = (state ?? {}) as Readonly<Record<string, unknown>>;
    const counter = (name: string): number => checkInteger(`checkpoint.${name}`, found[name]);
    const next = [counter('rounds'), counter('rows'), counter('badRecords')] as const;
    const query = typeof found['query'] === 'string' ? found['query'] : '';
    const batch = checkNumber('checkpoint.batch', found['batch'], { least: -1 });
    const cut = found['cut'] === undefined ? undefined : cutOf(found['cut']);
    [this.rounds, this.rows, this.badRecords] = next;
    this.#cut = cut;
    [this.query, this.batch] = [query, batch];
  }
}

function cutOf(state: unknown): Cut {
  const { rounds, rowsPerRound, ends } = (state ?? {}) as Partial<Record<keyof Cut, unknown>>;
  const offsets = Object.entries((ends ?? {}) as Readonly<Record<string, unknown>>);
  return {
    rounds: checkInteger('checkpoint.cut.rounds', rounds, { least: 1 }),
    rowsPerRound: checkInteger('checkpoint.cut.rowsPerRound', rowsPerRound, { least: 1 }),
    ends: Object.fromEntries(
      offsets.map(([partition, end]) => [partition, checkInteger(`checkpoint.cut.ends[${partition}]`, end)]),
    ),
  };
}
