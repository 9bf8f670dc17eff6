/** `streamtrain course`: the notebooks' exercises and their stored form. */
import { writeFileSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import {
  exerciseVerdicts,
  formatNotebook,
  lintCourse,
  lintNotebook,
  readNotebook,
  strippedNotebook,
  withSolutions,
} from '../../course/index.ts';
import { projectAt } from '../../install/index.ts';
import { runNotebook } from '../../jupyter/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { CourseError } from '../errors.ts';

interface CheckFlags {
  kernel: string;
  solutions?: boolean;
}

/** Builds the command with its subcommands. */
export function courseCommand(bind: Bind): Command {
  const course = new Command('course').description(
    'The notebooks of the course: check exercises, keep the rules.',
  );
  course
    .command('check')
    .description('Runs notebooks, checks every exercise in them, and prints a table.')
    .argument('[notebooks...]', 'files; all of the course where none is named')
    .option('--kernel <name>', 'the Jupyter kernel to run them on', 'streamtrain')
    .option('--solutions', "with the course's own solutions in place of the answers")
    .addHelpText('after', '\nExample:\n  $ streamtrain course check my-copy-of-01.ipynb\n')
    .action(bind<CheckFlags>((context, files, flags) => check(context, files, flags)));
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
  return course;
}

async function check(
  { output, note, kafka, signal }: CliContext,
  files: readonly string[],
  flags: CheckFlags,
) {
  const rows: { notebook: string; exercise: string; verdict: string; says: string }[] = [];
  const failed: string[] = [];
  for (const file of notebooks(files)) {
    if (signal.aborted) break;
    note(`${path.basename(file)}: running`);
    const run = await runNotebook(path.resolve(file), {
      kernel: flags.kernel,
      keepGoing: true,
      ...(kafka.brokers === undefined ? {} : { brokers: [kafka.brokers].flat() }),
      ...(flags.solutions ? { change: withSolutions } : {}),
      args: ['--quiet'],
    });
    if (run.code !== 0) note(run.stderr.trim());
    const verdicts = exerciseVerdicts(run.notebook);
    if (run.code !== 0 && verdicts.length === 0) failed.push(path.basename(file));
    for (const verdict of verdicts) rows.push({ notebook: path.basename(file), ...verdict });
  }
  output.table(rows, ['notebook', 'exercise', 'verdict', 'says']);
  const open = rows.filter(({ verdict }) => verdict !== 'right').length;
  note(`${rows.length - open} of ${rows.length} exercises are right`);
  if (failed.length > 0) throw new CourseError(`${failed.join(', ')} did not run`);
  if (open > 0) throw new CourseError(`${open} of ${rows.length} exercises are not right yet`);
}

async function lint({ output, note }: CliContext, files: readonly string[]): Promise<void> {
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
  throw new CourseError(`${problems.length} rules are broken`);
}

async function strip({ output, note }: CliContext, files: readonly string[]): Promise<void> {
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
