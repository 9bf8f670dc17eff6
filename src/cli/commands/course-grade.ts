/** `streamtrain course grade`: a class's notebooks run one after the other, judged by the course's own checks, in one table. */
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import { ensureBroker } from '../../broker/index.ts';
import {
  answerCells,
  chapterOf,
  forGrading,
  formatNotebook,
  gradesAfter,
  languageOfNotebook,
  readNotebook,
  submissionsIn,
  textOf,
  type Grade,
  type Notebook,
  type Submission,
} from '../../course/index.ts';
import { projectAt } from '../../install/index.ts';
import { deleteTopic, listTopics, openKafka } from '../../kafka/index.ts';
import type { CliContext } from '../context.ts';
import { CourseError, OutputFileError, UsageError, orKernelMissing } from '../errors.ts';

/** The flags of the command. */
export interface GradeFlags {
  kernel: string;
  timeout: number;
  limit: number;
  chapter?: number;
  csv?: string;
}

/** One line of the result: an exercise of a notebook, or a file that could not be graded. */
interface Row {
  readonly learner: string;
  readonly file: string;
  readonly chapter: number | '';
  readonly exercise: string;
  readonly verdict: Grade['verdict'] | 'no grade';
  readonly says: string;
  readonly remarks: string;
  readonly seconds: number | '';
}

const COLUMNS: readonly (keyof Row)[] = [
  ...(['learner', 'file', 'chapter', 'exercise', 'verdict', 'says', 'remarks', 'seconds'] as const),
];

const MARKS: Readonly<Record<Row['verdict'], string>> = {
  ...{ right: '✓', 'not yet': '✗', 'not answered': '·', failed: '!', 'not run': '?', missing: '–' },
  'no grade': '',
};

/** Runs and judges every notebook of a folder. */
export async function grade(context: CliContext, folder: string, flags: GradeFlags): Promise<void> {
  const { output, note, signal, refuseConnection } = context;
  refuseConnection('grading takes --brokers alone; each notebook gets a prefix of its own', ['brokers']);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError({
      problem: `${folder} is no folder; give the one that holds the class's notebooks`,
    });
  const { files, passedOver } = submissionsIn(folder);
  if (passedOver.length > 0) note(`passed over: ${passedOver.join(', ')}`);
  if (files.length === 0) throw new CourseError({ problem: `${folder} holds no file` });
  const chapters = courseNotebooks();
  const rows: Row[] = [];
  let unwritten: OutputFileError | undefined;
  const keep = (more: readonly Row[]): void => {
    rows.push(...more);
    if (flags.csv === undefined) return;
    try {
      // After each notebook, so that whatever happens later, what is done is on disk.
      writeCsv(flags.csv, rows);
      unwritten = undefined;
    } catch (error) {
      // A program may have the file open just now: the next notebook's row brings all of them.
      if (!(error instanceof OutputFileError)) throw error;
      note(error.message);
      unwritten = error;
    }
  };
  // Before the first notebook takes its minutes.
  if (flags.csv !== undefined) writeCsv(flags.csv, rows);
  await using broker = context.kafka.brokers === undefined ? await ensureBroker() : undefined;
  const brokers = broker?.brokers ?? [context.kafka.brokers ?? []].flat();
  for (const [at, submission] of files.entries()) {
    const { name } = submission;
    if (signal.aborted) {
      keep([withoutGrade(submission, 'not run: stopped before it')]);
      continue;
    }
    const ready = readyOne(submission, chapters, flags.chapter);
    if (typeof ready === 'string') {
      note(`[${at + 1}/${files.length}] ${name}: ${ready}`);
      keep([withoutGrade(submission, ready)]);
      continue;
    }
    note(`[${at + 1}/${files.length}] ${name}: running, chapter ${ready.chapter}`);
    const found = await runOne(context, submission, ready, { ...flags, brokers });
    const right = found.filter(({ verdict }) => verdict === 'right').length;
    note(`[${at + 1}/${files.length}] ${name}: ${right} of ${found.length} exercises are right`);
    keep(found);
  }
  if (output.json) output.line(JSON.stringify(rows));
  else output.table(summary(rows), ['learner', 'file', 'chapter', 'right', 'marks', 'remarks']);
  signal.throwIfAborted();
  if (unwritten !== undefined) throw unwritten;
  // A learner's data beside a notebook that was graded is no failure.
  const graded = new Set(rows.filter(({ exercise }) => exercise !== '').map(({ learner }) => learner));
  const open = rows.filter(
    ({ verdict, file, learner }) =>
      verdict === 'no grade' && (file.endsWith('.ipynb') || !graded.has(learner)),
  );
  if (open.length > 0)
    throw new CourseError({ problem: `${open.map(({ file }) => file).join(', ')} could not be graded` });
}

/** The course's chapters, by number and language. */
type Chapters = ReadonlyMap<string, Notebook>;

function courseNotebooks(): Chapters {
  const folder = path.join(projectAt().folder, 'notebooks');
  const names = readdirSync(folder).filter((name) => /^\d\d-.*\.ipynb$/.test(name));
  return new Map(
    names.map((name) => [
      `${Number(name.slice(0, 2))}${name.endsWith('.zh.ipynb') ? ' zh' : ''}`,
      readNotebook(path.join(folder, name)),
    ]),
  );
}

/** What is needed to run one. */
interface Ready {
  readonly copy: Notebook;
  readonly chapter: number;
  readonly original: Notebook;
}

/** Why a file has no grade, as a sentence; else what its run needs. */
function readyOne({ file }: Submission, chapters: Chapters, wanted: number | undefined): Ready | string {
  if (!file.endsWith('.ipynb')) return 'is no notebook (.ipynb)';
  let copy: Notebook;
  try {
    copy = readNotebook(file);
  } catch (error) {
    return messageOf(error);
  }
  const chapter = chapterOf(copy);
  if (chapter === undefined) return 'has no exercises of the course; is it a copy of a chapter?';
  if (wanted !== undefined && chapter !== wanted) return `is chapter ${chapter}, not ${wanted}`;
  // A copy may have lost its metadata; its answers still begin in its language.
  const isChinese =
    languageOfNotebook(copy) === 'zh' ||
    answerCells(copy).some(({ cell }) => textOf(cell.source).startsWith('// 练习'));
  const original = (isChinese ? chapters.get(`${chapter} zh`) : undefined) ?? chapters.get(`${chapter}`);
  if (original === undefined) return `is chapter ${chapter}, which this course does not have`;
  return { copy, chapter, original };
}

async function runOne(
  { note, signal }: CliContext,
  submission: Submission,
  { copy, chapter, original }: Ready,
  flags: GradeFlags & { readonly brokers: readonly string[] },
): Promise<Row[]> {
  // Here, because it needs the kernel, which is a package of its own.
  const { runNotebook } = await orKernelMissing(() => import('../../jupyter/index.ts'));
  const prefix = `grade-${randomUUID()}`;
  const folder = mkdtempSync(path.join(projectAt().folder, '.grade-'));
  try {
    const graded = forGrading(copy, original, randomUUID());
    fillWorkFolder(folder, submission);
    const file = path.join(folder, path.basename(submission.file));
    writeFileSync(file, formatNotebook(graded.notebook));
    const limit = AbortSignal.timeout(flags.limit * 1000);
    const run = await runNotebook(file, {
      ...{
        kernel: flags.kernel,
        cellTimeout: flags.timeout,
        keepGoing: true,
        brokers: flags.brokers,
        prefix,
      },
      ...{ args: ['--quiet'], signal: AbortSignal.any([signal, limit]) },
    });
    const hasRun = run.notebook.cells.some(({ outputs = [] }) => outputs.length > 0);
    if (!hasRun && run.code !== 0 && !signal.aborted)
      // No cell has run: that is no fault of the learner's.
      return [withoutGrade(submission, `was not run: ${run.stderr.trim().split('\n').at(-1)}`, chapter)];
    const why = signal.aborted
      ? 'stopped'
      : limit.aborted
        ? `the notebook took longer than ${flags.limit} s`
        : undefined;
    const seconds = Math.round(run.seconds);
    return gradesAfter(run.notebook, graded).map(({ remarks, ...one }) => ({
      ...{ learner: submission.learner, file: submission.name, chapter, seconds },
      ...one,
      says: one.verdict === 'not run' && why !== undefined ? why : one.says,
      remarks: remarks.join('; '),
    }));
  } catch (error) {
    return [withoutGrade(submission, signal.aborted ? 'not run: stopped' : messageOf(error), chapter)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await removeNames(flags.brokers, prefix).catch((error: unknown) =>
      note(
        `what ${submission.name} left in Kafka under "${prefix}." could not be removed: ${messageOf(error)}`,
      ),
    );
  }
}

/**
 * Copies what stands beside the chapters and beside the learner's notebook. The folder stands beside `notebooks/`, so that
 * relative paths of the chapters lead where they do there; what cells write there goes with it.
 */
function fillWorkFolder(folder: string, { file, name }: Submission): void {
  const copyBeside = (from: string): void => {
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const isNotebook = entry.name.endsWith('.ipynb');
      if (isNotebook || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      cpSync(path.join(from, entry.name), path.join(folder, entry.name), { recursive: true });
    }
  };
  // Where each learner has a folder, data of theirs may be in it; else it is full of others' work.
  if (name.includes(path.sep)) copyBeside(path.dirname(file));
  copyBeside(path.join(projectAt().folder, 'notebooks'));
}

/** A notebook that was broken off has not cleaned up. */
async function removeNames(brokers: readonly string[], prefix: string): Promise<void> {
  await using client = await openKafka({ brokers, prefix });
  for (const topic of await listTopics({ client })) await deleteTopic(topic, { client });
  for (const group of await client.groups.list()) await client.groups.delete(group);
}

function withoutGrade({ learner, name }: Submission, says: string, chapter: number | '' = ''): Row {
  return { learner, file: name, chapter, exercise: '', verdict: 'no grade', says, remarks: '', seconds: '' };
}

/** One line a file. */
function summary(rows: readonly Row[]) {
  const files = new Map<string, Row[]>();
  for (const row of rows) files.set(row.file, [...(files.get(row.file) ?? []), row]);
  return [...files.values()].map((of) => {
    const [{ learner, file, chapter, exercise, says }] = of as [Row];
    const right = of.filter(({ verdict }) => verdict === 'right').length;
    const remarks = of.filter((row) => row.remarks !== '').map((row) => `${row.exercise}: ${row.remarks}`);
    return exercise === ''
      ? { learner, file, chapter, right: '', marks: '', remarks: says }
      : {
          ...{ learner, file, chapter, right: `${right} of ${of.length}` },
          marks: of.map(({ verdict }) => MARKS[verdict]).join(' '),
          remarks: remarks.join('; '),
        };
  });
}

function writeCsv(file: string, rows: readonly Row[]): void {
  const lines = [
    COLUMNS.join(','),
    ...rows.map((row) => COLUMNS.map((name) => csvCell(row[name])).join(',')),
  ];
  try {
    writeFileSync(file, `${lines.join('\n')}\n`);
  } catch (cause) {
    throw new OutputFileError({ file, cause });
  }
}

/** Quoted; what a spreadsheet would take for a formula, since learners choose names of files, is made a text. */
function csvCell(value: string | number): string {
  const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
