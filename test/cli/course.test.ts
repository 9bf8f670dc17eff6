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

test('a learner’s copy: right, wrong and missing answers in a table, also behind a failing cell', async () => {
  const cells = [
    code('imports', "import { checkExercise } from 'streamtrain/course';\nconsole.log(1);"),
    code('fails', "const broken: number = 1;\nthrow new Error('a learner’s mistake');"),
    code('check-1', "const answer = 0;\nconsole.log(await checkExercise('1.1', answer));"),
    code('check-2', "const other = [[1]];\nconsole.log(await checkExercise('1.2', other));"),
    code('check-3', "const none = undefined;\nconsole.log(await checkExercise('1.3', none));"),
  ];
  const metadata = { kernelspec: { name: 'tslab', language: 'typescript' } };
  const copy: Notebook = { cells, metadata, nbformat: 4, nbformat_minor: 5 };
  await withFolder(async (folder) => {
    const file = path.join(folder, 'copy.ipynb');
    await writeFile(file, formatNotebook(copy));
    const { code, out, err } = await streamtrain('course', 'check', file, '--kernel', 'tslab', '--json');
    assert.equal(code, 1, err);
    const rows = JSON.parse(out.split('\n')[0]!) as { exercise: string; verdict: string }[];
    assert.deepEqual(
      rows.map(({ exercise, verdict }) => `${exercise} ${verdict}`),
      ['1.1 right', '1.2 not yet', '1.3 not answered'],
    );
  });
});

test('a kernel or a notebook that is not there is a failure that names it, not a table of nothing', async () => {
  await withFolder(async (folder) => {
    const file = path.join(folder, 'copy.ipynb');
    const metadata = { kernelspec: { name: 'none', language: 'typescript' } };
    const copy: Notebook = { cells: [code('one', '1;')], metadata, nbformat: 4, nbformat_minor: 5 };
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
    const { code, out } = await streamtrain('course', 'lint', file);
    assert.equal(code, 1);
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
