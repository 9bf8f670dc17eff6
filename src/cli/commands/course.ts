/** `streamtrain course`: the notebooks' exercises and their stored form. */
import { writeFileSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import {
  NotebookFileError,
  exerciseVerdicts,
  formatNotebook,
  lintCourse,
  lintNotebook,
  readNotebook,
  strippedNotebook,
  withSolutions,
  type ExerciseVerdict,
} from '../../course/index.ts';
import { projectAt } from '../../install/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { CourseError, orKernelMissing, UsageError } from '../errors.ts';
import { seconds, wholeNumber } from '../values.ts';
import type { GradeFlags } from './course-grade.ts';

interface CheckFlags {
  kernel: string;
  timeout: number;
  solutions?: boolean;
}

const VERDICTS = `
Verdicts:
  right         the answer is right
  not yet       it is not; a hint follows
  not answered  the answer's cell is as the chapter has it
  failed        the answer or its check ended in an error, or took longer than --timeout
  not run       the check said nothing: the run ended before it
  missing       the copy has lost the cells of this exercise

Exit code 0 when every exercise of every notebook is right, else 1; 2 for a wrong call.

Example:
  $ streamtrain course check my-copy-of-01.ipynb
`;

const GRADES = `
Each file of the folder is one learner's, or each folder in it. A chapter's own checks take the place of those in the copy, so
that a changed check counts for nothing and is named among the remarks. Each notebook has topics of its own, which are removed. The code in the
notebooks runs with your rights, as if you had opened and run them.

Marks, in the order of the exercises:
  ✓ right   ✗ not yet   · not answered   ! ended in an error or took too long   ? not run   – missing

The CSV file has a line an exercise, with the verdict and what was said; so has --json. It is written after each notebook:
Ctrl-C keeps what is done. Exit code 0 when every notebook was graded, whatever the marks; 1 when one could not be, or a
learner has none; 130 after Ctrl-C; 2 for a wrong call.

Example:
  $ streamtrain course grade homework --chapter 5 --csv marks.csv
`;

interface SlideFlags {
  to: string;
  run: boolean;
  kernel: string;
  timeout: number;
}

const SLIDES = `
A title and each section begin a slide, smaller headings one below it; code comes at a click, its outputs with it; solutions are
the speaker's notes (press S). The arrow keys go on, down before right. Notebooks are run first, so that figures are there.

Example:
  $ streamtrain course slides notebooks/03-the-data.ipynb --to slides
`;

/** Why two of them do not take the options of a connection. */
const noRun = 'notebooks are read here, and not run.';

/** Adds its subcommands to the command. */
export function courseCommand(course: Command, bind: Bind): void {
  course
    .command('check')
    .description('Runs notebooks, checks every exercise in them, and prints a table.')
    .argument('[notebooks...]', 'files; all of the course where none is named')
    .option('--kernel <name>', 'the Jupyter kernel to run them on', 'streamtrain')
    .option('--timeout <seconds>', 'how long one cell may take', seconds, 180)
    .option('--solutions', "with the course's own solutions in place of the answers")
    .addHelpText('after', VERDICTS)
    .action(bind<CheckFlags>((context, files, flags) => check(context, files, flags)));
  course
    .command('grade')
    .description("Runs a class's notebooks, checks every exercise, and prints a table of learners.")
    .argument('<folder>', 'a notebook a learner, or a folder a learner')
    .option(
      '--chapter <number>',
      'the chapter that was set; other notebooks are named and not run',
      wholeNumber(1),
    )
    .option('--csv <file>', 'a line an exercise, for a spreadsheet')
    .option('--kernel <name>', 'the Jupyter kernel to run them on', 'streamtrain')
    .option('--timeout <seconds>', 'how long one cell may take', seconds, 180)
    .option('--limit <seconds>', 'how long one notebook may take', wholeNumber(1, 86_400), 900)
    .addHelpText('after', GRADES)
    .action(
      bind<GradeFlags>(async (context, [folder = ''], flags) => {
        const { grade } = await import('./course-grade.ts');
        await grade(context, folder, flags);
      }),
    );
  course
    .command('slides')
    .description('Makes slides of notebooks, in a folder that opens in a browser without a network.')
    .argument('[notebooks...]', 'files; all of the course where none is named')
    .option('--to <folder>', 'where the slides go, and what they need', 'slides')
    .option('--no-run', 'show the outputs that the files hold, instead of running them')
    .option('--kernel <name>', 'the Jupyter kernel to run them on', 'streamtrain')
    .option('--timeout <seconds>', 'how long one cell may take', seconds, 180)
    .addHelpText('after', SLIDES)
    .action(bind<SlideFlags>((context, files, flags) => slides(context, files, flags)));
  course
    .command('lint')
    .description('Lists what breaks the rules of the course: lengths, sections, paths, exercises.')
    .argument('[notebooks...]')
    .action(bind((context, files) => lint(context, files)));
  course
    .command('strip')
    .description('Writes notebooks in the form they are stored in: no outputs, no counts.')
    .argument('[notebooks...]')
    .action(bind((context, files) => strip(context, files)));
}

async function check(context: CliContext, files: readonly string[], flags: CheckFlags) {
  const { output, note, kafka, signal } = withNotebooks(context);
  // Here, because it needs the kernel, which is a package of its own.
  const { runNotebook } = await orKernelMissing(() => import('../../jupyter/index.ts'));
  const rows: ({ notebook: string } & ExerciseVerdict)[] = [];
  const unchecked: string[] = [];
  for (const file of notebooks(files)) {
    if (signal.aborted) break;
    const notebook = path.basename(file);
    const problem = problemOf(file);
    if (problem !== undefined) {
      note(problem);
      unchecked.push(notebook);
      continue;
    }
    note(`${notebook}: running`);
    const run = await runNotebook(path.resolve(file), {
      kernel: flags.kernel,
      cellTimeout: flags.timeout,
      keepGoing: true,
      ...(kafka.brokers === undefined ? {} : { brokers: [kafka.brokers].flat() }),
      ...(kafka.prefix === undefined ? {} : { prefix: kafka.prefix }),
      ...(flags.solutions ? { change: withSolutions } : {}),
      args: ['--quiet'],
    });
    if (run.code !== 0) note(run.stderr.trim());
    const verdicts = exerciseVerdicts(run.notebook);
    const right = verdicts.filter(({ verdict }) => verdict === 'right').length;
    note(`${notebook}: ${right} of ${verdicts.length} exercises are right`);
    rows.push(...verdicts.map((verdict) => ({ notebook, ...verdict })));
  }
  output.table(rows, ['notebook', 'exercise', 'verdict', 'says']);
  const open = rows.filter(({ verdict }) => verdict !== 'right').length;
  const problems = [
    ...(unchecked.length > 0 ? [`${unchecked.join(', ')} could not be checked`] : []),
    ...(open > 0 ? [`${open} of ${rows.length} exercises are not right yet`] : []),
  ];
  if (problems.length > 0) throw new CourseError({ problem: problems.join('; ') });
}

/** Why a notebook cannot be checked at all, as a sentence. */
function problemOf(file: string): string | undefined {
  try {
    const notebook = readNotebook(file);
    if (exerciseVerdicts(notebook).length > 0) return undefined;
    return `${file} has no exercises: neither a cell that begins with "// Exercise 1.1: ..." nor one that calls checkExercise. Is it a copy of a chapter?`;
  } catch (error) {
    if (error instanceof NotebookFileError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** Notebooks take a broker and a prefix from who runs them. */
function withNotebooks(context: CliContext): CliContext {
  const why =
    'a notebook is given --brokers and --name-prefix alone; what else it needs stands in its cells.';
  context.refuseConnection(why, ['brokers', 'namePrefix']);
  return context;
}

async function slides(context: CliContext, files: readonly string[], flags: SlideFlags) {
  const { output, note, kafka, signal } = withNotebooks(context);
  const { runNotebook, writeSlides } = await orKernelMissing(() => import('../../jupyter/index.ts'));
  const names = new Map<string, string>();
  for (const file of notebooks(files)) {
    const name = path.basename(file, '.ipynb');
    const other = names.get(name);
    if (other !== undefined)
      throw new UsageError({
        problem: `the slides of ${other} and ${file} would be one file; make them one by one`,
      });
    names.set(name, file);
  }
  for (const [name, file] of names) {
    signal.throwIfAborted();
    let notebook = readNotebook(file);
    if (flags.run) {
      note(`${name}: running`);
      const run = await runNotebook(path.resolve(file), {
        ...{ kernel: flags.kernel, cellTimeout: flags.timeout, args: ['--quiet'], signal },
        ...(kafka.brokers === undefined ? {} : { brokers: [kafka.brokers].flat() }),
        ...(kafka.prefix === undefined ? {} : { prefix: kafka.prefix }),
      });
      signal.throwIfAborted();
      if (run.code !== 0) throw new CourseError({ problem: `${name} did not run: ${run.stderr.trim()}` });
      notebook = run.notebook;
    }
    const made = await writeSlides(notebook, path.resolve(flags.to), name);
    output.result({ notebook: file, slides: made }, `slides ${path.relative('.', made)}`);
  }
}

async function lint({ output, note, refuseConnection }: CliContext, files: readonly string[]): Promise<void> {
  refuseConnection(noRun);
  const read = notebooks(files).map((file) => ({ file, notebook: readNotebook(file) }));
  const problems = read.flatMap(({ file, notebook }) => {
    const text = readFileSync(file, 'utf8');
    const found = lintNotebook({ notebook, text, folder: path.dirname(file) });
    return found.map((problem) => ({ notebook: path.basename(file), problem }));
  });
  const together = files.length > 0 ? [] : lintCourse(read.map(({ notebook }) => notebook));
  problems.push(...together.map((problem) => ({ notebook: 'all together', problem })));
  if (problems.length > 0 || output.json) output.table(problems, ['notebook', 'problem']);
  if (problems.length === 0) return note('every notebook keeps the rules');
  throw new CourseError({ problem: `${problems.length} rules are broken` });
}

async function strip(
  { output, note, refuseConnection }: CliContext,
  files: readonly string[],
): Promise<void> {
  refuseConnection(noRun);
  let changed = 0;
  for (const file of notebooks(files)) {
    const text = formatNotebook(strippedNotebook(readNotebook(file)));
    if (text === readFileSync(file, 'utf8')) continue;
    writeFileSync(file, text);
    output.result({ stripped: file }, `stripped ${path.basename(file)}`);
    changed += 1;
  }
  note(`${changed} notebooks changed`);
}

/** The files named, or every notebook of the course. */
function notebooks(files: readonly string[]): readonly string[] {
  if (files.length > 0) return files;
  const folder = path.join(projectAt().folder, 'notebooks');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ipynb'))
    .sort()
    .map((name) => path.join(folder, name));
}
