/** `streamtrain course` checks a learner's copy, lists broken rules, and strips what a run left. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import { formatNotebook, type Notebook, type NotebookCell } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';

class Text extends Writable {
  text = '';
  readonly isTTY = false;
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

async function streamtrain(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const streams = { stdout: new Text(), stderr: new Text() };
  const code = await run(argv, streams);
  return { code, out: streams.stdout.text, err: streams.stderr.text };
}

/** A folder inside the project, where both kernels find the packages. */
async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(projectAt().stateFolder, 'course-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const code = (id: string, source: string): NotebookCell => ({
  ...{ id, cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null },
});

/** A learner's copy with these cells, checked; what came out, and the rows of the table. */
async function checkCopy(cells: NotebookCell[], ...flags: string[]) {
  const metadata = { kernelspec: { name: 'streamtrain', language: 'typescript' } };
  const copy: Notebook = { cells, metadata, nbformat: 4, nbformat_minor: 5 };
  let checked = { code: -1, out: '', err: '' };
  await withFolder(async (folder) => {
    const file = path.join(folder, 'copy.ipynb');
    await writeFile(file, formatNotebook(copy));
    checked = await streamtrain('course', 'check', file, '--json', ...flags);
  });
  const rows = JSON.parse(checked.out.split('\n')[0] || '[]') as {
    exercise: string;
    verdict: string;
    says: string;
  }[];
  return { ...checked, rows, verdicts: rows.map(({ exercise, verdict }) => `${exercise} ${verdict}`) };
}

const IMPORTS = code('imports', "import { checkExercise } from 'streamtrain/course';\nconsole.log(1);");

test('a learner’s copy: right, wrong and missing answers in a table, also behind a failing cell', async () => {
  const cells = [
    IMPORTS,
    code('fails', "const broken: number = 1;\nthrow new Error('a learner’s mistake');"),
    code('check-1', "const answer = 0;\nconsole.log(await checkExercise('1.1', answer));"),
    code('check-2', "const other = [[1]];\nconsole.log(await checkExercise('1.2', other));"),
    code('check-3', "const none = undefined;\nconsole.log(await checkExercise('1.3', none));"),
  ];
  const { code: exit, err, verdicts } = await checkCopy(cells, '--kernel', 'tslab');
  assert.equal(exit, 1, err);
  assert.deepEqual(verdicts, ['1.1 right', '1.2 not yet', '1.3 not answered']);
});

test('a copy in Chinese is checked as one in English', async () => {
  const checks = ["'1.1', 0", "'1.2', [[1]]", "'1.3', undefined"].map((given, at) =>
    code(`check-${at}`, `console.log(1);\nconsole.log(await checkExercise(${given}, { language: 'zh' }));`),
  );
  const { verdicts, rows } = await checkCopy([IMPORTS, ...checks]);
  assert.deepEqual(verdicts, ['1.1 right', '1.2 not yet', '1.3 not answered']);
  assert.match(rows[1]?.says ?? '', /\p{Script=Han}/u);
});

test('errors, endless answers and lost cells each have their own verdict, and the rest is checked all the same', async () => {
  const check = (id: string) =>
    code(
      `check-${id}`,
      `// Run this.\nconsole.log(await checkExercise('${id}', answer${id.replace('.', '')}));`,
    );
  const cells = [
    IMPORTS,
    code('a1', '// Exercise 8.1: the reason.\nconst answer81 = letters.length;'),
    check('8.1'),
    code('a2', '// Exercise 8.2: rows.\nlet answer82 = 0;\nfor (;;) answer82++;'),
    check('8.2'),
    code('a3', '// Exercise 7.2: an accuracy.\nconst answer72 = 0.9212;'),
    check('7.2'),
    code('a4', '// Exercise 7.1: a row.\nconst answer71 = 2021;'),
  ];
  const { code: exit, err, rows, verdicts } = await checkCopy(cells, '--timeout', '20');
  assert.equal(exit, 1, err);
  const expected = ['8.1 failed', '8.2 failed', '7.2 right', '7.1 missing', '7.3 missing', '8.3 missing'];
  assert.deepEqual(verdicts, expected, JSON.stringify(rows, undefined, 1));
  assert.match(rows[0]!.says, /^its answer: .*letters/);
  assert.match(rows[1]!.says, /^its answer: took longer than 20 s$/);
  assert.match(rows[3]!.says, /check cell is not there/);
  assert.match(rows[5]!.says, /cells are not there/);
  assert.match(err, /5 of 6 exercises are not right yet/);
});

test('a file that is no notebook, or has no exercises, is named, and the others are checked', async () => {
  await withFolder(async (folder) => {
    const metadata = { kernelspec: { name: 'streamtrain', language: 'typescript' } };
    const right = code('check', "console.log(1);\nconsole.log(await checkExercise('10.3', 72));");
    const notebook = (cells: unknown) => JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 });
    const copies: Record<string, string> = {
      'half.ipynb': notebook([IMPORTS, right]).slice(0, 200),
      'list.ipynb': '[]',
      'nothing.ipynb': notebook(undefined),
      'odd.ipynb': notebook([{ source: 1 }]),
      'plain.ipynb': notebook([IMPORTS]),
      'good.ipynb': notebook([IMPORTS, right]),
    };
    const files = Object.keys(copies).map((name) => path.join(folder, name));
    for (const [at, text] of Object.values(copies).entries()) await writeFile(files[at]!, text);
    const { code: exit, out, err } = await streamtrain('course', 'check', ...files);
    assert.equal(exit, 1);
    assert.match(out, /10\.3\s+.*right/);
    for (const said of [
      /half\.ipynb is no notebook of nbformat 4: .*JSON/,
      /list\.ipynb is no notebook.*no notebook/,
      /nothing\.ipynb.*no list of cells/,
      /odd\.ipynb.*cell 1 lacks/,
      /plain\.ipynb has no exercises/,
      /half\.ipynb, list\.ipynb, nothing\.ipynb, odd\.ipynb, plain\.ipynb could not be checked/,
    ])
      assert.match(err, said);
  });
});

test('a kernel or a notebook that is not there is a failure that names it, not a table of nothing', async () => {
  await withFolder(async (folder) => {
    const file = path.join(folder, 'copy.ipynb');
    const metadata = { kernelspec: { name: 'none', language: 'typescript' } };
    const copy: Notebook = {
      cells: [code('one', '// Exercise 1.1: how many?\n1;')],
      metadata,
      nbformat: 4,
      nbformat_minor: 5,
    };
    await writeFile(file, formatNotebook(copy));
    const none = await streamtrain('course', 'check', file, '--kernel', 'no-such-kernel');
    assert.equal(none.code, 1);
    assert.match(
      none.err,
      /ST_JUPYTER_NOT_RUN: .*copy\.ipynb was not run: No Jupyter kernel "no-such-kernel"/,
    );
    const missing = await streamtrain('course', 'lint', path.join(folder, 'missing.ipynb'));
    assert.equal(missing.code, 1);
    assert.match(missing.err, /missing\.ipynb/);
    assert.deepEqual(JSON.parse((await streamtrain('course', 'lint', '--json')).out), []);
  });
});

test('lint finds the course in order, and names the rule that a copy breaks', async () => {
  assert.equal((await streamtrain('course', 'lint')).code, 0);
  await withFolder(async (folder) => {
    const file = path.join(folder, 'copy.ipynb');
    const text = await readFile(path.join(projectAt().folder, 'notebooks', '03-the-data.ipynb'), 'utf8');
    await writeFile(file, text.replace('## Overview', '## Something'));
    const { code, out, err } = await streamtrain('course', 'lint', file);
    assert.equal(code, 1);
    assert.match(err, /ST_CLI_COURSE.*1 rules are broken; see above/);
    assert.match(out, /0 sections "Overview"/);
  });
});

test('strip takes outputs out and says which files it changed', async () => {
  await withFolder(async (folder) => {
    const file = path.join(folder, 'copy.ipynb');
    const original = path.join(projectAt().folder, 'notebooks', '03-the-data.ipynb');
    await copyFile(original, file);
    const { out: unchanged } = await streamtrain('course', 'strip', file);
    assert.equal(unchanged, '');
    const stored = await readFile(file, 'utf8');
    await writeFile(file, stored.replace('"execution_count": null', '"execution_count": 7'));
    const { out } = await streamtrain('course', 'strip', file);
    assert.match(out, /stripped copy\.ipynb/);
    assert.equal(await readFile(file, 'utf8'), stored);
  });
});

test('a file that is no notebook is refused by its name', async () => {
  const { code, err } = await streamtrain('course', 'lint', 'package.json');
  assert.equal(code, 1);
  assert.match(err, /ST_COURSE_NOTEBOOK.*package\.json/);
});
