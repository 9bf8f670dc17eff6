/** The rows of a group's member in batches that are filled for a few ms at most, each with the offsets behind it. */
import { untilAborted } from '../process/index.ts';
import type { BatchStream, KafkaRecord, MemberIdentity, MiniDataset, Position } from '../kafka/index.ts';

/** Records that are predicted and committed together. */
export interface ServingBatch {
  readonly records: readonly KafkaRecord[];
  /** The next offsets to read once it is done. */
  readonly end: Position;
  /** Who was given these records: their offsets are committed in that name, or refused where the group has moved on. */
  readonly member: MemberIdentity;
}

/** How batches are filled. */
interface Filling {
  /** ms */
  readonly linger: number;
  readonly batchRows: number;
  readonly signal: AbortSignal;
  /** Takes a batch. Batches are given one after the other; it resolves when the next one may come. */
  readonly take: (batch: ServingBatch) => Promise<void>;
}

/** Fills batches from a stream until that ends, or the signal is aborted. */
export class BatchFiller {
  readonly #stream: BatchStream;
  readonly #filling: Filling;
  #records: KafkaRecord[] = [];
  #end: Position = {};
  #member: MemberIdentity | undefined;
  #since = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(stream: BatchStream, filling: Filling) {
    this.#stream = stream;
    this.#filling = filling;
  }

  /** Runs to the end. What was filled by then is taken, too. */
  async run(): Promise<void> {
    const { linger, batchRows, signal } = this.#filling;
    const minis = this.#stream[Symbol.asyncIterator]();
    let asked: Promise<IteratorResult<MiniDataset>> | undefined;
    while (!signal.aborted) {
      asked ??= minis.next();
      const left = this.#records.length === 0 ? Infinity : this.#since + linger - performance.now();
      const step = await firstOf(asked, left, signal);
      if (step === undefined) {
        await this.flush();
        continue;
      }
      asked = undefined;
      if (step.done === true) break;
      this.#add(step.value);
      if (this.#records.length >= batchRows || performance.now() - this.#since >= linger) await this.flush();
    }
    // Whoever still waits for records is ended by closing the stream.
    asked?.catch(() => {});
    await this.flush();
  }

  /** Hands over what there is, and waits until it, and all before it, was taken. */
  async flush(): Promise<void> {
    const [records, member] = [this.#records, this.#member];
    if (records.length > 0 && member !== undefined) {
      const batch = { records, end: this.#end, member };
      this.#records = [];
      this.#end = {};
      this.#last = this.#last.then(() => this.#filling.take(batch));
    }
    await this.#last;
  }

  #add({ records, end }: MiniDataset): void {
    const member = this.#stream.member();
    const isSame =
      this.#member?.memberId === member.memberId && this.#member.generation === member.generation;
    // Another life of the member: what it was given before is committed in the earlier name, by itself.
    if (!isSame && this.#records.length > 0) void this.flush().catch(() => {});
    if (this.#records.length === 0) this.#since = performance.now();
    this.#member = member;
    for (const record of records) this.#records.push(record);
    const both = { ...this.#end };
    for (const [topic, offsets] of Object.entries(end)) both[topic] = { ...both[topic], ...offsets };
    this.#end = both;
  }
}

/** What `work` gives; undefined where `ms` are over, or the signal is aborted, before. */
function firstOf<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T | undefined> {
  if (ms === Infinity) return untilAborted(work, signal);
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms), undefined)));
  return untilAborted(Promise.race([work, over]), signal).finally(() => clearTimeout(timer));
}
