/** A program that was handed to Spark: its lines, what is done with them, and the error that it printed. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { EngineEndedError } from '../../../src/engines/index.ts';
import { SparkJob } from '../../../src/engines/spark/job.ts';

/** A program that prints these lines, waits if it is to, and ends with a code. */
function program(
  t: TestContext,
  lines: readonly string[],
  { code = 0, waits = false, onLine }: { code?: number; waits?: boolean; onLine?: (line: string) => unknown },
): SparkJob {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'streamtrain-job-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const script = `process.stdout.write(${JSON.stringify(lines.map((line) => `${line}\n`).join(''))});
    process.exitCode = ${code}; ${waits ? 'setTimeout(() => {}, 60_000);' : ''}`;
  return new SparkJob({
    ...{ program: process.execPath, args: ['-e', script], folder, env: process.env, name: 'some.py', onLine },
  });
}

test('a line ends at a line feed alone: records with other line ends in them stay whole', async (t) => {
  const printed = ['one\rtwo\u2028three', '{"a": "\u2029"}', 'Windows\r'];
  const seen: string[] = [];
  const job = program(t, printed, { onLine: (line) => seen.push(line) });
  const lines: string[] = [];
  for await (const line of job.lines()) lines.push(line);
  await job.done;
  assert.deepEqual(lines, [printed[0], printed[1], 'Windows']);
  assert.deepEqual(seen, lines);
});

test('what is thrown for a line ends the program, and is what it rejects with', async (t) => {
  const enough = new Error('enough');
  const onLine = async (line: string) => {
    if (line === 'two') throw enough;
  };
  const job = program(t, ['one', 'two', 'three'], { onLine, waits: true });
  await assert.rejects(job.done, enough);
  assert.throws(() => process.kill(job.pid, 0), { code: 'ESRCH' });
});

test('the error that Python printed is shown, without its stack, the plans and the stack of Java', async (t) => {
  const printed = [
    '{"event": "session"}',
    'Traceback (most recent call last):',
    '  File "/spark-sql.py", line 41, in <module>',
    '    query.awaitTermination()',
    'pyspark.errors.exceptions.captured.StreamingQueryException: [STREAM_FAILED] the folder is empty or missing.',
    'Please use a new one. SQLSTATE: 42K03',
    '=== Streaming Query ===',
    'Logical Plan:',
    '+- ~Aggregate [window#16-T1000ms]',
  ];
  const said = async (lines: readonly string[], code = 1) => {
    const job = program(t, lines, { code });
    const error = await job.done.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof EngineEndedError);
    return error.answered.split('\n').slice(1);
  };
  assert.deepEqual(await said(printed), [
    'StreamingQueryException: [STREAM_FAILED] the folder is empty or missing.',
    'Please use a new one. SQLSTATE: 42K03',
  ]);
  // What a function of Python's that Java called has thrown, as Spark prints it.
  const nested = [
    'Traceback (most recent call last):',
    '  File "/captured.py", line 257, in deco',
    '    raise converted from None',
    '^^^^^^^^^^^^^^^',
    '  File "/utils.py", line 166, in call',
    '    raise e',
    'pyspark.errors.exceptions.captured.StreamingQueryException: [FOREACH_BATCH] in the function ',
    '  File "/spark-sql.py", line 29, in a_batch',
    '    rows.save()',
    '    ~~~~^^^^',
    'py4j.protocol.Py4JJavaError: An error occurred while calling o62.save.',
    ': org.apache.spark.SparkException: [CAST_INVALID_INPUT] == SQL (line 1) ==',
    'SELECT CAST(x AS INT)',
    '       ^^^^^^^^^^^^^^',
    '\tat org.apache.spark.scheduler.Task.run(Task.scala:147)',
    'Caused by: org.apache.spark.SparkException: Subprocess exited with status 1.',
    '\t... 12 more',
    '',
    ' SQLSTATE: 39000',
    '=== Streaming Query ===',
  ];
  assert.deepEqual(await said(nested), [
    'StreamingQueryException: [FOREACH_BATCH] in the function ',
    'Py4JJavaError: An error occurred while calling o62.save.',
    'SparkException: [CAST_INVALID_INPUT] == SQL (line 1) ==',
    'SELECT CAST(x AS INT)',
    '       ^^^^^^^^^^^^^^',
    'SparkException: Subprocess exited with status 1.',
  ]);
  assert.equal((await said(['no error of Python']))[0], 'no error of Python');
  const [trace, ...error] = printed.slice(1);
  // An error that was made into another one has the cause.
  const link = 'The above exception was the direct cause of the following exception:';
  const last = [
    trace!,
    '  File "/mine.py", line 3, in <module>',
    'mine.Failure: no windows',
    'a.csv: issue #7',
  ];
  assert.deepEqual(await said([trace!, ...error, '', link, '', ...last]), [
    'StreamingQueryException: [STREAM_FAILED] the folder is empty or missing.',
    'Please use a new one. SQLSTATE: 42K03',
    'Failure: no windows',
    'a.csv: issue #7',
  ]);
  const long = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const cut = await said([
    trace!,
    'ValueError: long',
    ...long,
    'Caused by: java.io.IOException: the disk is full',
  ]);
  assert.deepEqual(
    [cut[0], cut.at(-1), cut.length],
    ['ValueError: long', 'IOException: the disk is full', 13],
  );
  // One that was caught and printed is not why a program ends later.
  const caught = [trace!, 'ValueError: caught', 'goes on', 'no column x'];
  assert.deepEqual((await said(caught, 2)).slice(0, 4), caught);
});
