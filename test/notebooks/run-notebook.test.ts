/** The notebook runner: what it lets pass, what it calls a failure, and that no kernel outlives it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectAt, venvPython } from '../../src/install/index.ts';
import { displayedBy, printedBy, textOf } from '../../src/course/index.ts';
import { runNotebook, runPython } from '../../src/jupyter/index.ts';
import { temporaryNotebook } from '../helpers/notebook-temporary.ts';

const RUNNER = path.join(projectAt().folder, 'scripts', 'python', 'run_notebook.py');

describe('run_notebook.py', { concurrency: 2, timeout: 900_000 }, () => {
  test('runs every cell in the folder of the notebook and prints sources and outputs', async (t) => {
    const file = await temporaryNotebook(t, [
      'const seven: number = 7\nconsole.log("seven is", seven)',
      'console.log("in", process.cwd())\nseven * 6',
    ]);
    const run = await runNotebook(file);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(printedBy(run.notebook, 'cell-1'), 'seven is 7\n');
    assert.equal(printedBy(run.notebook, 'cell-2'), `in ${path.dirname(file)}\n`);
    assert.equal(textOf(displayedBy(run.notebook, 'cell-2', 'text/plain') as string[]), '42');
    for (const expected of ['const seven: number = 7', 'seven is 7', '42', '2 code cells'])
      assert.ok(run.stdout.includes(expected), run.stdout);
  });

  test('a class’s language reaches the kernel: verdicts speak it without a word in any cell', async (t) => {
    const check =
      "import { checkExercise } from 'streamtrain/course';\nconsole.log(await checkExercise('1.1', undefined));";
    // The other notebooks that run meanwhile ask for no verdict.
    process.env['STREAMTRAIN_LANGUAGE'] = 'zh';
    t.after(() => delete process.env['STREAMTRAIN_LANGUAGE']);
    const run = await runNotebook(await temporaryNotebook(t, [check]));
    assert.equal(run.code, 0, run.stderr);
    assert.match(printedBy(run.notebook, 'cell-1'), /练习 1\.1：尚未作答/);
  });

  test('prints only the verdict when asked to be quiet, and an error that a cell is tagged for is none', async (t) => {
    const file = await temporaryNotebook(t, ['print("not shown")', '1 / 0']);
    const tagged = { tags: ['raises-exception'] };
    const run = await runNotebook(file, {
      ...{ kernel: 'python3', args: ['--quiet'] },
      change: (notebook) => ({
        ...notebook,
        cells: notebook.cells.map((cell, at) => (at === 1 ? { ...cell, metadata: tagged } : cell)),
      }),
    });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /^\S.*all cells ran, 2 code cells in [\d.]+ s on python3\n$/);
  });

  test('fails on a cell that stock tslab reports by stderr text only, with its number, source and text', async (t) => {
    const file = await temporaryNotebook(t, ['const s: string = 3', 'console.log("not reached")']);
    const run = await runNotebook(file, { kernel: 'tslab' });
    assert.equal(run.code, 1);
    assert.match(
      run.stderr,
      /cell 1 \(id "cell-1"\) failed\n {4}const s: string = 3\nsaid:\n.*Type 'number' is not/,
    );
    assert.equal(printedBy(run.notebook, 'cell-2'), '', 'the run goes on after the failure');
  });

  test('fails on an error message, without its colours', async (t) => {
    const file = await temporaryNotebook(t, ['x = 1', 'x / 0']);
    const run = await runNotebook(file, { kernel: 'python3' });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /cell 2 \(id "cell-2"\) failed\n {4}x \/ 0\n[\s\S]*ZeroDivisionError/);
    assert.ok(!run.stderr.includes('\u001b'), 'colour codes in the message');
  });

  test('fails on anything written to stderr, also after the cell has ended', async (t) => {
    const late = 'setTimeout(() => console.error("too late"), 100)\nconsole.log("ended")';
    const run = await runNotebook(await temporaryNotebook(t, [late]));
    assert.equal(run.code, 1);
    assert.match(run.stderr, /cell 1 .*failed[\s\S]*too late/);
  });

  test('fails when the kernel dies', async (t) => {
    const file = await temporaryNotebook(t, ['print("bye")', 'import os\nos._exit(3)']);
    const run = await runNotebook(file, { kernel: 'python3' });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /cell 2 .*dead kernel/);
  });

  test('fails when a cell takes too long, and keeps the outputs so far', async (t) => {
    const file = await temporaryNotebook(t, ['print("first")', 'while True: pass']);
    const run = await runNotebook(file, { kernel: 'python3', cellTimeout: 2 });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /cell 2 .*took longer than 2 s/);
    assert.equal(printedBy(run.notebook, 'cell-1'), 'first\n');
  });

  test('says which kernels there are when the wanted one is not', async (t) => {
    const file = await temporaryNotebook(t, ['1']);
    const run = await runPython([RUNNER, file, '--kernel', 'no-such-kernel']);
    assert.equal(run.code, 2);
    assert.match(run.stderr, /No Jupyter kernel "no-such-kernel".*known: .*python3/);
  });

  test('leaves no kernel behind after Ctrl-C in a busy cell', async (t) => {
    const pidFile = path.join(path.dirname(await temporaryNotebook(t, [])), 'pid');
    const busy = `import os, time\nopen(${JSON.stringify(pidFile)}, "w").write(str(os.getpid()))\ntime.sleep(60)`;
    const file = await temporaryNotebook(t, [busy]);
    const python = process.env['STREAMTRAIN_TEST_PYTHON'] ?? venvPython(projectAt());
    const runner = spawn(python, [RUNNER, file, '--kernel', 'python3'], { stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => runner.once('close', resolve));
    const kernel = await untilWritten(pidFile);
    assert.ok(isAlive(kernel));
    runner.kill('SIGINT');
    assert.equal(await ended, 130);
    assert.ok(!isAlive(kernel), 'the kernel is still there');
  });
});

async function untilWritten(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return Number(text);
    await sleep(50);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
