/** Blocks of a pass that are kept in memory for the passes after it, as far as those give the same rows. */
import { Dataset } from '../../kafka/index.ts';
import type { LabelledRows } from '../rows/evaluation.ts';
import type { RowData } from './blocks.ts';

/** What is kept at most where nothing else is said. */
export const KEPT_BYTES = 64 * 1024 * 1024;

/** The blocks of one source of rows. Who takes them must leave them as they are. */
export class KeptBlocks {
  #mostBytes: number;
  #blocks: LabelledRows[] = [];
  #bytes = 0;
  #isWhole = false;

  /** @param mostBytes blocks that take more are read again in each pass, all of them; 0: always */
  constructor(data: RowData, mostBytes: number) {
    this.#mostBytes = keepsRows(data) ? mostBytes : 0;
  }

  /** All blocks of a pass, once one has come to its own end and they were few enough. */
  get whole(): readonly LabelledRows[] | undefined {
    return this.#isWhole ? this.#blocks : undefined;
  }

  /** A pass begins. */
  begin(): void {
    this.#blocks = [];
    this.#bytes = 0;
  }

  /** Takes the pass's next block. */
  add(block: LabelledRows): void {
    this.#bytes += block.xs.byteLength + block.ys.byteLength;
    if (this.#bytes <= this.#mostBytes) this.#blocks.push(block);
    else {
      // Nor are they few enough in a later pass: what is not to be kept is not gathered.
      this.#blocks = [];
      this.#mostBytes = 0;
    }
  }

  /** The pass has come to its own end, and the next one would give the same. */
  end(): void {
    this.#isWhole = this.#blocks.length > 0;
  }
}

/** Whether every pass gives the same rows: a function of the user's may decode a record to another row each time. */
const keepsRows = ({ data, decode }: RowData): boolean =>
  data instanceof Dataset && data.samePasses && typeof decode === 'object';
