/** `streamtrain predict`: the rows of a file, predicted one line a row. */
import fs from 'node:fs';
import type { Command } from 'commander';
import { rowPredictor, type RowPredictor } from '../../export/index.ts';
import { predictEach } from '../../export/row-predictor.ts';
import { BadRecordError, csvCodec, type Codec } from '../../kafka/index.ts';
import { decodeWhenReady } from '../../kafka/codec/framing.ts';
import { linesOf, withoutMark } from '../../process/index.ts';
import { messageOf } from '../../errors.ts';
import { readableCount } from '../../terminal.ts';
import { CsvFileError, UsageError } from '../errors.ts';
import type { Bind, CliContext } from '../context.ts';
import { csvFileOptions, type CsvFlags, givenCsvFlags, readCsvFile, withCsvFlags } from '../csv-file.ts';
import { modelSources, openModel } from '../model-source.ts';
import { type Outcome, PredictionWriter } from '../prediction-writer.ts';
import { ANY_LENGTH, lineCodec, valueLines, type SchemaFlags, withSchemaFlags } from '../schema-flags.ts';
import { list } from '../values.ts';

interface PredictFlags extends CsvFlags, Omit<SchemaFlags, 'labelField'> {
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
    .argument('<file>', 'the file of CSV, or with --codec of values, one a line; - for stdin')
    .requiredOption('-m, --model <folder>', 'checkpoints, or a saved model')
    .option('-o, --output <file>', 'where to write (default: stdout)')
    .option('--classes <names>', 'what the classes are called, class 0 first, with commas between', list)
    .option(
      '--missing <mark>',
      'what stands for a missing value, such as ?; may be repeated',
      (mark: string, before: string[] = []) => [...before, mark],
    );
  withSchemaFlags(withCsvFlags(command), { labels: false })
    .addHelpText(
      'after',
      `\n${modelSources}\n` +
        '\nThe columns must be those the model was trained on, in the same order: leave out the others with --key and --drop.' +
        `\n${valueLines}` +
        '\nA row that cannot be predicted has an empty line of its own (with --json its error), is counted, and named.\n' +
        'Where that is true of every row, the exit code is 1.\n' +
        '\nExample, on the checkpoint of the example of "train":\n' +
        "  $ streamtrain predict data/breast-cancer-wisconsin.csv --model checkpoints/cancer --key Class --drop Sample_code_number --missing '?' " +
        '--classes benign,malignant --output predictions.csv\n',
    )
    .action(
      bind<PredictFlags>(async (context, [file = ''], flags) => {
        await using model = await openModel(flags.model, context);
        using predictor = rowPredictor(model.source);
        checkClasses(flags.classes, predictor);
        return await predictFile(context, file, flags, { predictor, version: model.version });
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

/** Goes over the file, {@link AT_ONCE} rows at a time. Gives the exit code 1 where not one row could be predicted. */
async function predictFile(
  context: CliContext,
  file: string,
  flags: PredictFlags,
  { predictor, version }: { predictor: RowPredictor; version: string },
): Promise<number | void> {
  const { signal, note, output } = context;
  const writer = new PredictionWriter(context, flags, predictor);
  const bySchema = lineCodec(flags, predictor.features, givenCsvFlags(flags));
  const codec =
    bySchema ??
    csvCodec({
      ...{ columns: predictor.features, label: 'none', delimiter: flags.delimiter, maxBytes: ANY_LENGTH },
      missing: Object.fromEntries((flags.missing ?? []).map((mark) => [mark, NaN])),
    });
  const progress = context.progress('Predicted');
  let [rows, bad] = [0, 0];
  let block: Buffer[] = [];
  const take = async (): Promise<void> => {
    const outcomes = await predictBlock({ predictor, codec, signal }, block, rows);
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
    for await (const value of bySchema ? linesIn(file, signal) : csvRowsIn(file, flags)) {
      signal.throwIfAborted();
      if (output.isClosed) break;
      block.push(value);
      if (block.length === AT_ONCE) await take();
    }
    await take();
    await writer.end({ event: 'end', rows, predicted: rows - bad, bad, version });
  } finally {
    progress.end();
    writer.close();
  }
  if (bad > 0 && bad === rows) {
    note(`None of ${readableCount(rows)} rows could be predicted.`);
    return 1;
  }
  if (bad > 0) note(`${readableCount(bad)} of ${readableCount(rows)} rows could not be predicted.`);
  else note(`Predicted ${readableCount(rows)} rows with ${version}.`);
}

/** The rows of a file of CSV. */
async function* csvRowsIn(file: string, flags: CsvFlags): AsyncGenerator<Buffer, void, undefined> {
  for await (const { value } of readCsvFile(file, csvFileOptions(flags))) yield Buffer.from(value);
}

/** The lines of a file, without what ends them. @throws CsvFileError (`ST_CLI_CSV_FILE`) */
async function* linesIn(file: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const input = file === '-' ? process.stdin : fs.createReadStream(file);
  try {
    let isFirst = true;
    for await (const bytes of linesOf(input, signal)) {
      const line = isFirst ? withoutMark(bytes) : bytes;
      isFirst = false;
      yield line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new CsvFileError({ file, problem: `it cannot be read: ${messageOf(error)}.`, cause: error });
  }
}

/** So many bad rows are named one by one. */
const TOLD = 5;

/** Predicts rows together; those that are bad stay among them with what is wrong with them. */
async function predictBlock(
  { predictor, codec, signal }: { predictor: RowPredictor; codec: Codec; signal: AbortSignal },
  items: readonly Buffer[],
  before: number,
): Promise<readonly Outcome[]> {
  const { features, outputs } = predictor;
  const xs = new Float64Array(items.length * features);
  const good: number[] = [];
  const errors = new Map<number, string>();
  for (const [i, value] of items.entries()) {
    try {
      const record = { ...place, timestamp: 0, key: null, value, headers: {} };
      const ready = decodeWhenReady(codec, record, { xs, row: good.length, signal });
      if (ready) await ready;
      refuseGaps(predictor, xs.subarray(good.length * features, (good.length + 1) * features));
      good.push(i);
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      errors.set(i, `row ${before + i + 1}: ${error.detail}`);
    }
  }
  const scoresOf = new Map<number, Float32Array>();
  const { scores, faults } = predictEach(predictor, xs.subarray(0, good.length * features), good.length);
  for (const [at, i] of good.entries()) {
    const fault = faults.get(at);
    if (fault === undefined) scoresOf.set(i, scores.subarray(at * outputs, (at + 1) * outputs));
    else errors.set(i, `row ${before + i + 1}: ${fault.message}`);
  }
  return items.map((_, i) => {
    const error = errors.get(i);
    return { row: before + i + 1, ...(error === undefined ? { scores: scoresOf.get(i)! } : { error }) };
  });
}

const place = { topic: '', partition: 0, offset: 0 };

function refuseGaps({ takesMissing }: RowPredictor, row: Float64Array): void {
  const gap = takesMissing ? -1 : row.findIndex((value) => Number.isNaN(value));
  if (gap < 0) return;
  const detail = `column ${gap} (from 0) is missing, and the model has no imputer`;
  throw new BadRecordError({ ...place, reason: 'not-finite', detail });
}
