/** `streamtrain worker`: learns, predicts or scores for another program, over its standard streams. */
import type { Command } from 'commander';
import { rowPredictor } from '../../export/index.ts';
import type { Codec } from '../../kafka/index.ts';
import { scoreLines, serveLines } from '../../worker/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { modelSources, openModel } from '../model-source.ts';
import { rowCodec } from '../row-flags.ts';
import { lineCodec, schemaCodec, valueLines, type SchemaFlags, withSchemaFlags } from '../schema-flags.ts';
import { delimiterOf, wholeNumber } from '../values.ts';

interface WorkerFlags extends SchemaFlags {
  stdin?: boolean;
  score?: string;
  columns?: number;
  missing?: string[];
  delimiter?: string;
  skipBad?: boolean;
}

/** Adds its flags, its help and what it does to the command. */
export function workerCommand(command: Command, bind: Bind): void {
  withSchemaFlags(command)
    .option('--stdin', 'take requests, one line of JSON each: init, train, predict, average')
    .option('--score <model>', 'score lines instead: "key <tab> row" in, "key <tab> score" out')
    .option(
      '--columns <count>',
      'with --score: columns of a row (default: the features of the model)',
      wholeNumber(1),
    )
    .option(
      '--missing <mark>',
      'with --score: what stands for a missing value, such as ?; may be repeated',
      (mark: string, before: string[] = []) => [...before, mark],
    )
    .option(
      '-d, --delimiter <character>',
      'with --score: what stands between the columns of a row',
      delimiterOf,
    )
    .option('--skip-bad', 'with --score: \\N for a row that cannot be read or predicted, instead of an error')
    .addHelpText(
      'after',
      '\nNothing but answers is written to stdout. With --stdin a failure is an answer, too, with its code and its ' +
        'sentence, and the worker goes on until stdin ends. docs/scale-out.md lists the requests.\n' +
        'With --stdin, --codec says how the records of ranges are read (label: the key, or --label-field). With --score:\n' +
        `${valueLines}` +
        `\n${modelSources}\n` +
        '\nExamples:\n' +
        '  $ echo \'{"op":"init","model":{"classifier":{"inputs":9,"seed":1}}}\' | streamtrain worker --stdin\n' +
        "  $ printf 'a\\t5,1,1,1,2,1,3,1,1\\n' | streamtrain worker --score checkpoints/cancer\n",
    )
    .action(bind<WorkerFlags>(async (context, _args, flags) => work(context, flags)));
}

async function work(context: CliContext, flags: WorkerFlags): Promise<void> {
  if ((flags.stdin === true) === (flags.score !== undefined))
    throw new UsageError({ problem: 'worker wants either --stdin or --score (see --help)' });
  // One of many on its machine; and small batches lose to the hand-over between threads.
  process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
  const { output } = context;
  const signal = AbortSignal.any([context.signal, output.closed]);
  using alone = standardOutputAlone();
  const { write } = alone;
  if (flags.score === undefined) {
    context.refuseConnection('with --stdin, each request names the brokers of its range.');
    await serveLines({ input: process.stdin, write, codec: rangeCodec(flags), signal });
  } else await score(flags.score, flags, { context, write, signal });
}

/** What records of ranges are read by, with `--stdin`; undefined for CSV, of which requests say how it is laid out. */
function rangeCodec(flags: WorkerFlags): Codec | undefined {
  const { columns, missing, delimiter, skipBad, labelField } = flags;
  const ofScore = {
    '--columns': columns,
    '--missing': missing,
    '--delimiter': delimiter,
    '--skip-bad': skipBad,
  };
  const misplaced = Object.entries(ofScore).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (misplaced.length > 0) {
    const why = missing === undefined ? '' : ' What is missing is a bad record here: a worker fills no gaps.';
    throw new UsageError({ problem: `${misplaced.join(', ')}: goes with --score.${why}` });
  }
  return schemaCodec(flags, { label: labelField ?? 'key' }, []);
}

interface ScoreIo {
  readonly context: CliContext;
  readonly write: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
}

async function score(place: string, flags: WorkerFlags, { context, write, signal }: ScoreIo): Promise<void> {
  await using model = await openModel(place, context);
  using predictor = rowPredictor(model.source);
  const { columns = predictor.features, missing, delimiter, skipBad = false } = flags;
  if (flags.labelField !== undefined)
    throw new UsageError({ problem: '--label-field: goes with --stdin; rows to score have no label.' });
  if (columns !== predictor.features)
    throw new UsageError({ problem: `--columns ${columns}: the model has ${predictor.features} features` });
  const ofCsv = [
    ...(flags.columns === undefined ? [] : ['--columns']),
    ...(delimiter === undefined ? [] : ['--delimiter']),
  ];
  const codec =
    lineCodec(flags, predictor.features, ofCsv) ??
    rowCodec({
      ...{ columns, label: 'none' },
      ...(missing !== undefined && { missing }),
      ...(delimiter !== undefined && { delimiter }),
    });
  const onBad = skipBad ? 'skip' : 'throw';
  const { rows, bad } = await scoreLines({ input: process.stdin, write, predictor, codec, onBad, signal });
  if (bad > 0) context.note(`${bad} of ${rows} rows could not be read or predicted.`);
}

/** Whatever else writes to standard output (a library, a remark) writes to standard error meanwhile. */
function standardOutputAlone(): { write: (text: string) => Promise<void> } & Disposable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return {
    // The callback comes when the pipe has it: a process that ends right after loses nothing.
    write: (text) =>
      new Promise((resolve, reject) => {
        write(text, 'utf8', (error?: NodeJS.ErrnoException | null) => {
          // Nobody reads any more: the signal says so, and ends the work.
          if (!error || error.code === 'EPIPE') resolve();
          else reject(error);
        });
      }),
    [Symbol.dispose]: () => void (stdout.write = write),
  };
}
