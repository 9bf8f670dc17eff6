/** The rows of a group's member in batches that are filled for a few ms at most, each with the offsets behind it. */
import { untilAborted } from '../process/index.ts';
import type { BatchStream, KafkaRecord, MemberIdentity, MiniDataset, Position } from '../kafka/index.ts';
import { mergedPositions } from '../kafka/protocol/position.ts';

/** Where a batch ends, and whose it is. */
export interface BatchEnd {
  /** The next offsets to read once it is done. */
  readonly end: Position;
  /** Who was given these records: their offsets are committed in that name, or refused where the group has moved on. */
  readonly member: MemberIdentity;
}

/** How batches are filled. All calls come one after the other: each when the promise of the one before has resolved. */
interface Filling {
  /** ms */
  readonly linger: number;
  /** The most rows of a batch. A mini dataset is never cut: one that is larger is a batch of its own. */
  readonly batchRows: number;
  /** So many rows are taken at once, while the batch goes on being filled. */
  readonly pieceRows: number;
  readonly signal: AbortSignal;
  /** Takes some more records of the batch. */
  readonly take: (records: readonly KafkaRecord[]) => Promise<void>;
  /** All records of the batch were taken. It resolves when the next batch may come. */
  readonly commit: (batch: BatchEnd) => Promise<void>;
}

/** Fills batches from a stream until that ends, or the signal is aborted. */
export class BatchFiller {
  readonly #stream: BatchStream;
  readonly #filling: Filling;
  /** Of the batch at hand, not taken yet. */
  #records: KafkaRecord[] = [];
  /** Rows of the batch at hand. */
  #rows = 0;
  #end: Position = {};
  #member: MemberIdentity | undefined;
  #since = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(stream: BatchStream, filling: Filling) {
    this.#stream = stream;
    this.#filling = filling;
  }

  /** There is no batch at hand. */
  get isEmpty(): boolean {
    return this.#rows === 0;
  }

  /** Runs to the end. What was filled by then is taken and committed, too. */
  async run(): Promise<void> {
    const { linger, batchRows, pieceRows, signal } = this.#filling;
    const minis = this.#stream[Symbol.asyncIterator]();
    let asked: Promise<IteratorResult<MiniDataset>> | undefined;
    while (!signal.aborted) {
      asked ??= minis.next();
      const left = this.#rows === 0 ? Infinity : this.#since + linger - performance.now();
      const step = await firstOf(asked, left, signal);
      if (step === undefined) {
        await this.flush();
        continue;
      }
      asked = undefined;
      if (step.done === true) break;
      this.#add(step.value);
      // Behind a full one there is more at hand: nobody waits for it.
      const isFull = step.value.size >= pieceRows;
      const isOver = !isFull && performance.now() - this.#since >= linger;
      await (isOver || this.#rows >= batchRows ? this.flush() : this.#last);
    }
    // Whoever still waits for records is ended by closing the stream.
    asked?.catch(() => {});
    await this.flush();
  }

  /** Ends the batch at hand, and waits until it, and all before it, may be left. */
  async flush(): Promise<void> {
    const member = this.#member;
    if (this.#rows > 0 && member !== undefined) {
      const batch = { end: this.#end, member };
      if (this.#records.length > 0) this.#hand();
      this.#rows = 0;
      this.#end = {};
      this.#last = this.#last.then(() => this.#filling.commit(batch));
    }
    await this.#last;
  }

  /** In one go, so that whoever flushes meanwhile misses nothing. */
  #add({ records, end }: MiniDataset): void {
    const { batchRows, pieceRows } = this.#filling;
    const member = this.#stream.member();
    const isSame =
      this.#member?.memberId === member.memberId && this.#member.generation === member.generation;
    // Another life of the member: what it was given before is committed in the earlier name, by itself.
    if (!isSame || this.#rows + records.length > batchRows) void this.flush().catch(() => {});
    if (this.#rows === 0) this.#since = performance.now();
    this.#member = member;
    this.#rows += records.length;
    if (this.#records.length === 0) this.#records = [...records];
    else for (const record of records) this.#records.push(record);
    this.#end = mergedPositions(this.#end, end);
    if (this.#records.length >= pieceRows) this.#hand();
  }

  #hand(): void {
    const records = this.#records;
    this.#records = [];
    this.#last = this.#last.then(() => this.#filling.take(records));
  }
}

/** What `work` gives; undefined where `ms` are over, or the signal is aborted, before. */
function firstOf<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T | undefined> {
  if (ms === Infinity) return untilAborted(work, signal);
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms), undefined)));
  return untilAborted(Promise.race([work, over]), signal).finally(() => clearTimeout(timer));
}
