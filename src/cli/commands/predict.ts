/** `streamtrain predict`: the rows of a CSV file, predicted one line a row. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { Command } from 'commander';
import { rowPredictor, type RowPredictor } from '../../export/index.ts';
import { BadRecordError, csvCodec, type Codec } from '../../kafka/index.ts';
import { MiniBatchError } from '../../model/index.ts';
import { LearnerInputError, ScalerValueError } from '../../training/index.ts';
import { readableCount } from '../../terminal.ts';
import { OutputFileError, UsageError } from '../errors.ts';
import type { Bind, CliContext } from '../context.ts';
import { csvFileOptions, type CsvFlags, type CsvItem, readCsvFile, withCsvFlags } from '../csv-file.ts';
import { modelSources, openModel } from '../model-source.ts';
import { list } from '../values.ts';

interface PredictFlags extends CsvFlags {
  model: string;
  output?: string;
  classes?: string[];
  missing?: string[];
}

/** Rows that are predicted in one call. */
const AT_ONCE = 1024;

/** Adds its flags, its help and what it does to the command. */
export function predictCommand(command: Command, bind: Bind): void {
  command
    .argument('<file>', 'the CSV file; - for stdin')
    .requiredOption('-m, --model <folder>', 'checkpoints, or a saved model')
    .option('-o, --output <file>', 'where to write (default: stdout)')
    .option('--classes <names>', 'what the classes are called, class 0 first, with commas between', list)
    .option(
      '--missing <mark>',
      'what stands for a missing value, such as ?; may be repeated',
      (mark: string, before: string[] = []) => [...before, mark],
    );
  withCsvFlags(command)
    .addHelpText(
      'after',
      `\n${modelSources}\n` +
        '\nThe columns must be those the model was trained on, in the same order: leave out the others with --key and --drop.' +
        '\nA row that cannot be predicted has an empty line of its own (with --json its error), is counted, and told of.\n' +
        '\nExample, on the checkpoint of the example of "train":\n' +
        "  $ streamtrain predict data/breast-cancer-wisconsin.csv --model checkpoints/cancer --key Class --drop Sample_code_number --missing '?' " +
        '--classes benign,malignant --output predictions.csv\n',
    )
    .action(
      bind<PredictFlags>(async (context, [file = ''], flags) => {
        await using model = await openModel(flags.model, context);
        using predictor = rowPredictor(model.source);
        checkClasses(flags.classes, predictor);
        await predictFile(context, file, flags, { predictor, version: model.version });
      }),
    );
}

/** Refuses names that are not one a class. */
function checkClasses(classes: readonly string[] | undefined, { task, outputs }: RowPredictor): void {
  if (classes === undefined) return;
  if (task !== 'classification')
    throw new UsageError({ problem: '--classes: the model does not predict classes.' });
  const count = outputs === 1 ? 2 : outputs;
  if (classes.length !== count)
    throw new UsageError({
      problem: `--classes: ${classes.length} names, and the model has ${count} classes.`,
    });
}

/** Goes over the file, {@link AT_ONCE} rows at a time. */
async function predictFile(
  context: CliContext,
  file: string,
  flags: PredictFlags,
  { predictor, version }: { predictor: RowPredictor; version: string },
): Promise<void> {
  const { signal, note, output } = context;
  const writer = new PredictionWriter(context, flags, predictor);
  const codec = csvCodec({
    ...{ columns: predictor.features, label: 'none', delimiter: flags.delimiter },
    missing: Object.fromEntries((flags.missing ?? []).map((mark) => [mark, NaN])),
  });
  const progress = context.progress('Predicted');
  let [rows, bad] = [0, 0];
  let block: CsvItem[] = [];
  const take = async (): Promise<void> => {
    const outcomes = predictBlock(predictor, codec, block, rows);
    for (const { error } of outcomes) {
      if (error === undefined) continue;
      if (++bad <= TOLD) note(error);
    }
    rows += block.length;
    block = [];
    await writer.write(outcomes);
    progress.at(rows);
  };
  try {
    writer.begin(file);
    for await (const item of readCsvFile(file, csvFileOptions(flags))) {
      signal.throwIfAborted();
      if (output.isClosed) break;
      block.push(item);
      if (block.length === AT_ONCE) await take();
    }
    await take();
    await writer.end({ event: 'end', rows, predicted: rows - bad, bad, version });
  } finally {
    progress.end();
    writer.close();
  }
  if (bad > 0) note(`${readableCount(bad)} of ${readableCount(rows)} rows could not be predicted.`);
  else note(`Predicted ${readableCount(rows)} rows with ${version}.`);
}

/** So many bad rows are told of one by one. */
const TOLD = 5;

/** What became of a row, counted from 1. */
interface Outcome {
  readonly row: number;
  readonly scores?: Float32Array;
  readonly error?: string;
}

/** Predicts rows together; those that are bad stay among them with what is wrong with them. */
function predictBlock(
  predictor: RowPredictor,
  codec: Codec,
  items: readonly CsvItem[],
  before: number,
): readonly Outcome[] {
  const { features, outputs } = predictor;
  const xs = new Float64Array(items.length * features);
  const good: number[] = [];
  const errors = new Map<number, string>();
  for (const [i, { value }] of items.entries()) {
    try {
      decode(codec, value, xs, good.length);
      refuseGaps(predictor, xs.subarray(good.length * features, (good.length + 1) * features));
      good.push(i);
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      errors.set(i, `row ${before + i + 1}: ${error.detail}`);
    }
  }
  const scoresOf = new Map<number, Float32Array>();
  const predict = (from: number, to: number): void => {
    if (from === to) return;
    const scores = predictor.predict(xs.subarray(from * features, to * features), to - from);
    for (let at = from; at < to; at++)
      scoresOf.set(good[at]!, scores.subarray((at - from) * outputs, (at - from + 1) * outputs));
  };
  try {
    predict(0, good.length);
  } catch (error) {
    if (!isOfRow(error)) throw error;
    // One of them is to blame (a value beyond float32, say): which one shows when each is predicted alone.
    for (const [at, i] of good.entries())
      try {
        predict(at, at + 1);
      } catch (cause) {
        if (!isOfRow(cause)) throw cause;
        errors.set(i, `row ${before + i + 1}: ${cause.message}`);
      }
  }
  return items.map((_, i) => {
    const error = errors.get(i);
    return { row: before + i + 1, ...(error === undefined ? { scores: scoresOf.get(i)! } : { error }) };
  });
}

/** Whether it is a row's fault: a value that model or scaler does not take. */
const isOfRow = (error: unknown): error is Error =>
  error instanceof MiniBatchError || error instanceof ScalerValueError || error instanceof LearnerInputError;

const place = { topic: '', partition: 0, offset: 0 };

function decode(codec: Codec, value: string, xs: Float64Array, row: number): void {
  const record = { ...place, timestamp: 0, key: null, value: Buffer.from(value), headers: {} };
  codec.decodeInto(record, xs, row);
}

function refuseGaps({ takesMissing }: RowPredictor, row: Float64Array): void {
  const gap = takesMissing ? -1 : row.findIndex((value) => Number.isNaN(value));
  if (gap < 0) return;
  const detail = `column ${gap} (from 0) is missing, and the model has no imputer`;
  throw new BadRecordError({ ...place, reason: 'not-finite', detail });
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => fs.statSync(file, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** Writes one line a row: CSV with a header, or JSON. */
class PredictionWriter {
  readonly #context: CliContext;
  readonly #predictor: RowPredictor;
  readonly #classes: readonly string[] | undefined;
  readonly #file: string | undefined;
  #descriptor: number | undefined;
  /** What is written, until it is whole. */
  #draft: string | undefined;

  constructor(context: CliContext, { output, classes }: PredictFlags, predictor: RowPredictor) {
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
