/** `streamtrain course grade` judges a class by the course's own checks, and says what it could not judge; slides of a class. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { run } from '../../src/cli/run.ts';
import {
  forGrading,
  formatNotebook,
  gradesAfter,
  readNotebook,
  textOf,
  type NotebookCell,
} from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { listTopics } from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';

class Text extends Writable {
  text = '';
  readonly isTTY = false;
  onText: (text: string) => void = () => undefined;
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8');
    this.onText(chunk.toString('utf8'));
    done();
  }
}

async function gradeFolder(folder: string, flags: readonly string[], onNote?: (text: string) => void) {
  const streams = { stdout: new Text(), stderr: new Text() };
  if (onNote) streams.stderr.onText = onNote;
  const brokers = (await testBrokers()).join(',');
  const code = await run(['course', 'grade', folder, '--brokers', brokers, ...flags], streams);
  return { code, out: streams.stdout.text, err: streams.stderr.text };
}

const code = (id: string, source: string): NotebookCell => ({
  ...{ id, cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null },
});

const IMPORTS = code('imports', "import { checkExercise } from 'streamtrain/course';\nconsole.log(1);");
/** An answer's cell of chapter 10 as the chapter has it, with the learner's code. */
const answer = (number: number, text: string) =>
  code(`exercise-${number}-answer`, `// Exercise 10.${number}: an answer.\n${text}`);
const check = (number: number) =>
  code(
    `exercise-${number}-check`,
    `// Run this to check your answer.\nconsole.log(await checkExercise('10.${number}', answer10${number}));`,
  );
/** An answer and its check, right unless told otherwise. */
const exercise = (number: number, text = `const answer10${number} = ${[2, 2.7, 72][number - 1]};`) => [
  answer(number, text),
  check(number),
];

const notebookOf = (cells: NotebookCell[]): string => {
  const metadata = { kernelspec: { name: 'streamtrain', language: 'typescript' } };
  return formatNotebook({ cells: [IMPORTS, ...cells], metadata, nbformat: 4, nbformat_minor: 5 });
};

async function classFolder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'class-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

interface Row {
  learner: string;
  file: string;
  exercise: string;
  verdict: string;
  says: string;
  remarks: string;
}

const FORGED = [
  code(
    'own',
    'const checkExercise2 = async (id: string) => `✓ Exercise ${id}: right. Yes.`;\nconsole.log(2);',
  ),
  answer(1, 'const answer101 = 4;'),
  code('exercise-1-check', "console.log('✓ Exercise 10.1: right. Two keys.');"),
  answer(2, "const answer102 = 10;\nconsole.log('✓ Exercise 10.2: right. I say so.');"),
  code('exercise-2-check', "console.log(await checkExercise2('10.2'));"),
  code('exercise-3-answer', '// my answer\nconst answer103 = 72;'),
];

test('a class in one table: forged checks, crashes, lost cells and other files are told', async (t) => {
  const folder = await classFolder(t, {
    'ada/ten.ipynb': notebookOf([
      ...exercise(1),
      answer(2, "process.kill(process.pid, 'SIGKILL');"),
      check(2),
    ]),
    'ada/notes.txt': 'my notes',
    'ben.ipynb': notebookOf(FORGED),
    'eve.ipynb': notebookOf([
      code('exercise-1-answer', '// Exercise 7.1: a row number.\nconst answer71 = 2021;'),
      code('exercise-1-check', "console.log(1);\nconsole.log(await checkExercise('7.1', answer71));"),
    ]),
    'fay.ipynb': '{ "cells": [',
    'gus.pdf': 'no notebook',
    '.ipynb_checkpoints/ben-checkpoint.ipynb': '{}',
  });
  const csv = path.join(folder, '..', `${path.basename(folder)}.csv`);
  t.after(() => rm(csv, { force: true }));
  const flags = ['--chapter', '10', '--csv', csv];
  const { code: exit, out, err } = await gradeFolder(folder, [...flags, '--json']);
  assert.equal(exit, 1, err);
  const rows = JSON.parse(out.split('\n')[0] ?? '') as Row[];
  const of = (learner: string) =>
    rows.filter((row) => row.learner === learner).map(({ exercise, verdict }) => `${exercise} ${verdict}`);
  const why = (learner: string, at = 0) => rows.filter((row) => row.learner === learner)[at]!;
  assert.deepEqual(of('ben'), ['10.1 not yet', '10.2 not yet', '10.3 right']);
  assert.match(why('ben', 0).remarks, /check cell was changed; the course's own ran/);
  assert.match(why('ben', 1).remarks, /check cell was changed/);
  assert.match(why('ben', 2).remarks, /first line.*was changed; its check cell was not there/);
  assert.equal(of('ada')[1], '10.1 right', out);
  assert.ok(
    ['failed', 'not run'].some((verdict) => of('ada')[2] === `10.2 ${verdict}`),
    of('ada')[2],
  );
  assert.equal(of('ada')[3], '10.3 missing');
  assert.match(why('eve').says, /is chapter 7, not 10/);
  assert.match(why('fay').says, /no notebook of nbformat/);
  assert.match(why('gus').says, /no notebook/);
  assert.match(err, /"code":"ST_CLI_COURSE".*eve\.ipynb, fay\.ipynb, gus\.pdf could not be graded/);
  const lines = (await readFile(csv, 'utf8')).trim().split('\n');
  assert.equal(lines.length, rows.length + 1);
  assert.equal(lines[0], 'learner,file,chapter,exercise,verdict,says,remarks,seconds');
  const { folder: project } = projectAt();
  assert.deepEqual(
    readdirSync(project).filter((name) => name.startsWith('.grade-')),
    [],
  );
  const topics = await listTopics({ brokers: await testBrokers(), prefix: '' });
  assert.deepEqual(
    topics.filter((topic) => topic.startsWith('grade-')),
    [],
  );
});

test('a cell that does not end in time fails, and the rest of its copy is graded', async (t) => {
  const folder = await classFolder(t, {
    'cem.ipynb': notebookOf([
      ...exercise(1, 'const answer101 = await new Promise<number>(() => undefined);'),
      ...exercise(3),
      answer(2, 'const mine = 72;'),
      check(2),
    ]),
  });
  const { code: exit, out, err } = await gradeFolder(folder, ['--timeout', '30', '--json']);
  assert.equal(exit, 0, err);
  const rows = JSON.parse(out.split('\n')[0] ?? '') as Row[];
  const verdicts = new Map(rows.map((row) => [row.exercise, row]));
  assert.equal(verdicts.get('10.1')?.verdict, 'failed', out);
  assert.match(verdicts.get('10.1')?.says ?? '', /took longer than 30 s/);
  assert.equal(verdicts.get('10.3')?.verdict, 'right', out);
  assert.equal(verdicts.get('10.2')?.verdict, 'missing', out);
  assert.match(verdicts.get('10.2')?.says ?? '', /there is no answer102/);
});

test('Ctrl-C keeps what is done, names what was not run, and ends with 130', async (t) => {
  const whole = notebookOf([...exercise(3)]);
  const folder = await classFolder(t, { '=ada.ipynb': whole, 'ben.ipynb': whole });
  const csv = path.join(folder, 'marks.csv');
  const {
    code: exit,
    out,
    err,
  } = await gradeFolder(folder, ['--csv', csv], (text) => {
    if (text.includes('[1/2] =ada.ipynb: ') && text.includes(' exercises are right')) process.emit('SIGINT');
  });
  assert.equal(exit, 130, err);
  assert.match(out, /=ada.*1 of 3.*– – ✓/);
  assert.match(out, /ben.*not run: stopped/);
  assert.match(err, /\[1\/2\] =ada\.ipynb: running, chapter 10/);
  // A spreadsheet would take the name for a formula.
  assert.match(await readFile(csv, 'utf8'), /^'=ada,'=ada\.ipynb,10,10\.3,right,/m);
});

test('a folder that is not there, and one without files, are refused', async (t) => {
  const folder = await classFolder(t, {});
  assert.equal((await gradeFolder(path.join(folder, 'nowhere'), [])).code, 2);
  const { code: exit, err } = await gradeFolder(folder, []);
  assert.equal(exit, 1);
  assert.match(err, /holds no file/);
});

test('flags that grading does not take, and limits that no timer holds, are refused', async (t) => {
  const folder = await classFolder(t, { 'ada.ipynb': notebookOf(exercise(1)) });
  for (const flags of [
    ['--name-prefix', 'ada'],
    ['--config', 'a=b'],
    ['--limit', '1.2345'],
    ['--limit', '3000000'],
  ]) {
    const { code: exit, err } = await gradeFolder(folder, flags);
    assert.equal(exit, 2, err);
    assert.match(err, new RegExp(flags[0]!), err);
  }
});

test('what a copy was saved with is no result: without a run nothing is right or wrong', () => {
  const text = '✓ Exercise 10.1: right. Two keys.';
  const failed = { output_type: 'error' as const, ename: 'Error', evalue: 'old', traceback: [] };
  const saved = [
    { ...answer(1, 'const answer101 = 2;'), outputs: [failed] },
    { ...check(1), outputs: [{ output_type: 'stream' as const, name: 'stdout' as const, text }] },
  ];
  const chapter = readNotebook(path.join(projectAt().folder, 'notebooks', '10-larger-streams.ipynb'));
  const graded = forGrading({ cells: saved, metadata: {}, nbformat: 4, nbformat_minor: 5 }, chapter, 'mark');
  const verdicts = gradesAfter(graded.notebook, graded).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['not run', 'missing', 'missing']);
});

test('cells without an id, with the id of another, and an answer that holds its check are judged as they are', () => {
  const chapter = readNotebook(path.join(projectAt().folder, 'notebooks', '10-larger-streams.ipynb'));
  const { id: _, ...failing } = answer(1, 'throw new Error("mine")');
  const merged = code(
    'exercise-2-answer',
    `${textOf(answer(2, 'const answer102 = 2.7;').source)}\n${textOf(check(2).source)}`,
  );
  const { id: __, ...imports } = IMPORTS;
  const third = answer(3, 'const answer103 = 72;');
  const cells = [imports, failing, check(1), merged, third, { ...check(3), id: third.id }] as NotebookCell[];
  const graded = forGrading({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, chapter, 'mark');
  const ids = graded.notebook.cells.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const text = graded.notebook.cells.map(({ source }) => textOf(source)).join('\n');
  assert.match(text, /const answer102 = 2\.7;/);
  // As if it had run: the answer of 10.1 fails, the checks say what they say.
  const ran = graded.notebook.cells.map((cell): NotebookCell => {
    const error = { output_type: 'error' as const, ename: 'Error', evalue: 'mine' };
    if (textOf(cell.source).includes('throw')) return { ...cell, outputs: [error] };
    const number = /checkExercise\('(10\.\d)'/.exec(textOf(cell.source))?.[1];
    const said = `mark ✓ Exercise ${number}: right. Yes.`;
    return number ? { ...cell, outputs: [{ output_type: 'stream', name: 'stdout', text: said }] } : cell;
  });
  const grades = gradesAfter({ ...graded.notebook, cells: ran }, graded);
  assert.deepEqual(
    grades.map(({ verdict, says }) => [verdict, says]),
    [
      ['failed', 'its answer: Error: mine'],
      ['right', 'Yes.'],
      ['right', 'Yes.'],
    ],
  );
});

test('an answer that was merged into the check before it stays, with and without its first line', () => {
  const chapter = readNotebook(path.join(projectAt().folder, 'notebooks', '10-larger-streams.ipynb'));
  for (const text of [textOf(answer(2, 'const answer102 = 2.7;').source), 'const answer102 = 2.7;']) {
    const merged = code('exercise-1-check', `${textOf(check(1).source)}\n\n${text}`);
    const cells = [answer(1, 'const answer101 = 2;'), merged, check(2), ...exercise(3)];
    const graded = forGrading({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, chapter, 'mark');
    const ids = graded.notebook.cells.map(({ id }) => id);
    const checks = ['graded-10-1', 'graded-10-2', 'exercise-3-answer', 'graded-10-3'];
    assert.deepEqual(ids, ['exercise-1-answer', 'exercise-1-check', ...checks]);
    assert.deepEqual(
      graded.exercises.map(({ answer, remarks }) => [answer, ...remarks]),
      [
        ['exercise-1-answer', "its check cell was changed; the course's own ran"],
        ['exercise-1-check', 'its answer was merged into another cell'],
        ['exercise-3-answer'],
      ],
    );
  }
});

test('slides of two notebooks that would be one file are refused before any is made', async (t) => {
  const text = notebookOf(exercise(1));
  const folder = await classFolder(t, { 'ada/ten.ipynb': text, 'ben/ten.ipynb': text });
  const files = ['ada', 'ben'].map((one) => path.join(folder, one, 'ten.ipynb'));
  const streams = { stdout: new Text(), stderr: new Text() };
  assert.equal(await run(['course', 'slides', '--no-run', '--to', folder, ...files], streams), 2);
  assert.match(streams.stderr.text, /would be one file/);
  assert.deepEqual(readdirSync(folder).sort(), ['ada', 'ben']);
});
