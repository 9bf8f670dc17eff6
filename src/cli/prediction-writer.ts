/** Where `streamtrain predict` writes: one line a row, to stdout or to a file that is there only when it is whole. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { RowPredictor } from '../export/index.ts';
import type { CliContext } from './context.ts';
import { OutputFileError, UsageError } from './errors.ts';

/** What became of a row, counted from 1. */
export interface Outcome {
  readonly row: number;
  readonly scores?: Float32Array;
  readonly error?: string;
}

/** Where lines go, and what classes are called. */
interface WriterFlags {
  output?: string;
  classes?: string[];
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => fs.statSync(file, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** Writes one line a row: CSV with a header, or JSON. */
export class PredictionWriter {
  readonly #context: CliContext;
  readonly #predictor: RowPredictor;
  readonly #classes: readonly string[] | undefined;
  readonly #file: string | undefined;
  #descriptor: number | undefined;
  /** What is written, until it is whole. */
  #draft: string | undefined;

  constructor(context: CliContext, { output, classes }: WriterFlags, predictor: RowPredictor) {
    this.#context = context;
    this.#predictor = predictor;
    this.#classes = classes;
    this.#file = output;
  }

  /** @param input the file that is read, which is not written over */
  begin(input: string): void {
    const file = this.#file;
    if (file !== undefined) {
      if (isSameFile(input, file))
        throw new UsageError({ problem: `--output: ${file} is the file that is read.` });
      // A pipe or a device is written as it is; a file gets its name when it is whole.
      const isFile = fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
      if (isFile) this.#draft = `${file}.writing-${randomUUID()}`;
      this.#descriptor = this.#tried(() => fs.openSync(this.#draft ?? file, 'w'));
    }
    if (!this.#context.output.json) this.#lines([this.#header().join(',')]);
  }

  async write(outcomes: readonly Outcome[]): Promise<void> {
    this.#lines(outcomes.map((one) => this.#line(one)));
    await this.#context.output.flush();
  }

  async end(facts: object): Promise<void> {
    this.#closeDraft();
    const draft = this.#draft;
    if (draft !== undefined) this.#tried(() => fs.renameSync(draft, this.#file!));
    this.#draft = undefined;
    if (this.#context.output.json) this.#context.output.line(JSON.stringify(facts));
    await this.#context.output.flush();
  }

  /** What was not written to its end is not left: the file that was there before is as it was. */
  close(): void {
    this.#closeDraft();
    if (this.#draft !== undefined) fs.rmSync(this.#draft, { force: true });
    this.#draft = undefined;
  }

  #closeDraft(): void {
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #header(): string[] {
    const { outputs } = this.#predictor;
    const scores = outputs === 1 ? ['score'] : Array.from({ length: outputs }, (_, i) => `score_${i}`);
    return this.#hasClasses ? [...scores, 'class'] : scores;
  }

  get #hasClasses(): boolean {
    return this.#predictor.task === 'classification';
  }

  #line({ row, scores, error }: Outcome): string {
    const { output } = this.#context;
    if (scores === undefined)
      return output.json ? JSON.stringify({ row, error }) : ','.repeat(this.#header().length - 1);
    const label = this.#hasClasses ? this.#classOf(scores) : undefined;
    const all = [...scores];
    if (output.json)
      return JSON.stringify({
        row,
        score: all.length === 1 ? all[0] : all,
        ...(label !== undefined && { class: label }),
      });
    return [...all, ...(label === undefined ? [] : [label])].join(',');
  }

  #classOf(scores: Float32Array): string | number {
    let best = 0;
    if (scores.length === 1) best = scores[0]! > 0.5 ? 1 : 0;
    else for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
    return this.#classes?.[best] ?? best;
  }

  #lines(lines: readonly string[]): void {
    const { output } = this.#context;
    if (this.#descriptor === undefined) for (const line of lines) output.line(line);
    else if (lines.length > 0)
      this.#tried(() => fs.writeFileSync(this.#descriptor!, `${lines.join('\n')}\n`));
  }

  #tried<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new OutputFileError({ file: this.#file!, cause: error });
    }
  }
}
