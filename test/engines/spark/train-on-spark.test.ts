/** Training, scoring and windows on a real Spark, beside what this process comes to. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { findJava } from '../../../src/broker/java.ts';
import {
  EngineEndedError,
  engineParts,
  scoreCommand,
  SparkWorkerError,
  startSpark,
  streamSql,
  trainOnSpark,
  type Spark,
  type SparkProgress,
} from '../../../src/engines/index.ts';
import { classArguments, JAVA_OPTIONS } from '../../../src/engines/spark/java.ts';
import { newestCheckpoint, rowPredictor } from '../../../src/export/index.ts';
import { cacheFolder } from '../../../src/install/index.ts';
import { fromKafka, openKafka, openTransactions, writeToKafka } from '../../../src/kafka/index.ts';
import { localCheckpoints } from '../../../src/training/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName, randomTopic } from '../../helpers/topics.ts';
import { typescriptFlags, typescriptProgram } from '../../helpers/typescript.ts';
import {
  at,
  byHand,
  filled,
  made,
  ROWS,
  settings,
  skip,
  someRows,
  temporary,
  worker,
} from './rounds-by-hand.ts';

let spark: Spark;
let brokers: string[];
before(async () => {
  if (skip) return;
  brokers = await testBrokers();
  spark = await startSpark({ workers: 2 });
});
after(async () => {
  if (!skip) await spark.stop();
});

test(
  'rounds on Spark, stopped after one and with a Node worker killed in another, come to the bytes of the same rounds within this process',
  { skip },
  async (t) => {
    const topic = await filled(t);
    const expected = await byHand();
    using model = made();
    const folder = temporary(t);
    const store = localCheckpoints(path.join(folder, 'model'));
    const mark = path.join(folder, 'killed');
    const dying = [process.execPath, ...typescriptProgram(at('dying-worker-child.ts')), mark, ...worker];
    const progress: number[] = [];
    const stopping = new AbortController();
    const onProgress = ({ totalRows }: { readonly totalRows: number }) => {
      progress.push(totalRows);
      stopping.abort();
    };
    const { rowsPerRound, ...others } = settings;
    // What is left is cut as the whole was.
    const settled = { topic, brokers, spark, ...others, rounds: ROWS / rowsPerRound, checkpoint: store };
    {
      using stopped = made();
      const { ended, rounds } = await trainOnSpark({
        ...{ ...settled, model: stopped, worker, onProgress, signal: stopping.signal },
      });
      assert.deepEqual([ended, rounds], ['stopped', 1]);
    }
    const result = await trainOnSpark({ ...settled, model, worker: dying, onProgress });
    assert.ok(existsSync(mark), 'one was killed');
    assert.deepEqual([result.rounds, result.totalRows, result.ended], [expected.rounds, ROWS, 'source']);
    assert.equal(progress.length, expected.rounds);
    assert.deepEqual(model.save(), expected.state);
    assert.deepEqual(result.position, { [topic]: { '0': 800, '1': 400 } });

    // What is kept is a checkpoint like any other. All is learnt, so there is nothing more to do.
    using again = made();
    const nothing = await trainOnSpark({ ...settled, model: again, worker });
    assert.deepEqual(
      [nothing.rows, nothing.rounds, nothing.resumedFrom],
      [0, result.rounds, result.checkpoint],
    );
    assert.deepEqual(again.save(), expected.state);

    // Scored inside Spark's SQL, row for row as this process predicts them.
    const to = await randomTopic(t, { partitions: 1 });
    const command = scoreCommand(store.place);
    const sql = `SELECT TRANSFORM (concat_ws(':', partition, offset), CAST(value AS STRING))
    ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' USING '${command}' AS (key STRING, value STRING)
    ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' FROM arrived`;
    const env = { NODE_OPTIONS: typescriptFlags().join(' ') };
    const before = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = env.NODE_OPTIONS;
    const job = await streamSql({ spark, from: topic, to, sql, each: 'batch', brokers });
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
    await job.done;
    using predictor = rowPredictor(await newestCheckpoint(store));
    const scores = new Map<string, number>();
    for await (const { key, value } of fromKafka(to, { brokers })) scores.set(String(key), Number(value));
    const rows = await fromKafka(topic, { brokers }).toArray();
    assert.equal(scores.size, ROWS);
    const xs = Float64Array.from(rows.flatMap(({ value }) => String(value).split(',').map(Number)));
    for (const [at, p] of predictor.predict(xs, ROWS).entries()) {
      const { partition, offset } = rows[at]!;
      assert.ok(Math.abs(scores.get(`${partition}:${offset}`)! - p) < 1e-6);
    }
  },
);

test(
  'the classes that the first start wrote down are there for the next one, and fit this Java',
  { skip },
  async () => {
    const { folder: cache } = cacheFolder();
    const java = await findJava({ cache });
    const { folder: home } = await engineParts('spark');
    const written = () => assert.fail('they were not kept');
    const classes = await classArguments({ home, java, cache }, written);
    assert.ok(classes.length > 0);
    // With this Java ends at once where an archive does not fit.
    const args = [...JAVA_OPTIONS, ...classes, '-Xshare:on', '-cp', path.join(home, 'jars', '*'), '-version'];
    const { status, stdout, stderr } = spawnSync(java.program, args, { encoding: 'utf8', windowsHide: true });
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.equal(stdout, '', 'nothing of it stands among the lines of a program');
  },
);

test(
  'the first start, which writes the classes, ends by its signal, and goes on without them after its time',
  { skip },
  async (t) => {
    const cache = path.join(temporary(t), 'cache');
    mkdirSync(cache);
    symlinkSync(path.dirname((await engineParts('spark')).folder), path.join(cache, 'engines'));
    const { program } = await findJava({ cache: cacheFolder().folder });
    const env = { ...process.env, JAVA_HOME: path.dirname(path.dirname(program)) };
    const interrupt = new AbortController();
    const log = (line: string) => void (/archive/.test(line) && interrupt.abort(new Error('enough')));
    await assert.rejects(startSpark({ cache, env, signal: interrupt.signal, log }), /^Error: enough$/);
    const said: string[] = [];
    await using late = await startSpark({ cache, env, timeoutMs: 1, log: (line) => void said.push(line) });
    assert.match(said.join('\n'), /Spark will start more slowly: .*timeout/);
    assert.deepEqual(late.pids, []);
  },
);

test(
  'windows with a watermark by SQL are those of a few lines of TypeScript, and what is in none is said',
  { skip },
  async (t) => {
    const topic = await filled(t);
    const began = someRows(1)[0]!.timestamp;
    {
      await using client = await openKafka({ brokers });
      await using producer = await openTransactions({ client, transactionalId: randomName('spark') });
      const taken = await producer.begin();
      // Of a window that is written: taken back, they are not counted.
      for (let at = 0; at < 7; at++)
        await taken.send(topic, { key: '1', value: '9,9,9,9,9', timestamp: began + 1_050_000, partition: 0 });
      await taken.abort();
      await writeToKafka(topic, [{ key: '1', value: '5,5,5,5,5', timestamp: began, partition: 0 }], {
        client,
      });
      const end = async (isolationLevel: 'read_committed' | 'read_uncommitted') =>
        (await client.topics.watermarks(topic, { isolationLevel })).map(({ high }) => high).join();
      while ((await end('read_committed')) !== (await end('read_uncommitted'))) await pause(20);
    }
    const to = await randomTopic(t, { partitions: 1 });
    const sql = `SELECT CAST(unix_millis(window.start) AS STRING) AS key,
      to_json(struct(count(*) AS rows, sum(CAST(CAST(key AS STRING) AS INT)) AS ones,
        avg(CAST(split(CAST(value AS STRING), ',')[0] AS DOUBLE)) AS mean)) AS value
    FROM arrived GROUP BY window(timestamp, '1 minute')`;
    const remarks: string[] = [];
    const checkpoint = path.join(temporary(t), 'windows of é');
    const job = await streamSql({
      spark,
      from: topic,
      to,
      sql,
      checkpoint,
      watermark: '30 seconds',
      rowsPerBatch: 500,
      brokers,
      onRemark: (text) => remarks.push(text),
    });
    const lines: string[] = [];
    for await (const line of job.lines()) lines.push(line);
    await job.done;
    const batches = lines.filter((line) => line.includes('"progress"') && !line.includes('"rows": 0'));
    assert.ok(batches.length >= 3, lines.join('\n'));
    const windows = new Map<number, { rows: number; ones: number; sum: number }>();
    for await (const { key, value, timestamp } of fromKafka(topic, { brokers })) {
      if (String(value) === '5,5,5,5,5') continue; // late
      const start = timestamp - (timestamp % 60_000);
      const window = windows.get(start) ?? { rows: 0, ones: 0, sum: 0 };
      windows.set(start, window);
      window.rows++;
      window.ones += Number(String(key));
      window.sum += Number(String(value).split(',')[0]);
    }
    // The watermark closes a window half a minute after its end: the last one stays open.
    windows.delete(Math.max(...windows.keys()));
    const found = new Map<number, { rows: number; ones: number; mean: number }>();
    for await (const { key, value } of fromKafka(to, { brokers }))
      found.set(
        Number(String(key)),
        JSON.parse(String(value)) as { rows: number; ones: number; mean: number },
      );
    assert.deepEqual([...found.keys()].sort(), [...windows.keys()].sort());
    for (const [start, { rows, ones, sum }] of windows) {
      const one = found.get(start)!;
      assert.deepEqual([one.rows, one.ones], [rows, ones]);
      assert.ok(Math.abs(one.mean - sum / rows) < 1e-9);
    }
    assert.match(
      remarks.join('\n'),
      /^1 rows .* later than the watermark allows.*\n1 groups.* are not written/,
    );
    const mixed = streamSql({
      spark,
      from: topic,
      to,
      sql: sql.replace('1 minute', '2 minutes'),
      checkpoint,
      brokers,
    });
    await assert.rejects(mixed, { code: 'ST_OPTION_INVALID', message: /checkpoint.*of another query/ });
    const none = streamSql({ spark, from: `${topic}-none`, to, sql, brokers });
    await assert.rejects(none, { code: 'ST_KAFKA_UNKNOWN_TOPIC', message: /-none" does not exist/ });
    const ignored = streamSql({ spark, from: topic, to, sql, each: 'batch', watermark: '1 second', brokers });
    await assert.rejects(ignored, { code: 'ST_OPTION_INVALID' });
    const prefixed = streamSql({ spark, from: topic, to, sql, brokers, prefix: 'a.b' });
    await assert.rejects(prefixed, { code: 'ST_KAFKA_SETTINGS', message: /prefix: must be/ });
  },
);

test(
  'what a worker cannot learn ends the training with its code; a program that fails says why',
  { skip },
  async (t) => {
    const topic = await randomTopic(t, { partitions: 1 });
    const bad = { key: '1', value: '1,2,three,4,5', timestamp: 0, partition: 0 };
    await writeToKafka(topic, [...someRows(20).map((row) => ({ ...row, partition: 0 })), bad], { brokers });
    using model = made();
    const before = model.save();
    await assert.rejects(trainOnSpark({ topic, brokers, model, spark, worker }), (error) => {
      assert.ok(error instanceof SparkWorkerError && error.code === 'ST_ENGINES_SPARK_WORKER');
      assert.deepEqual([error.workerCode, error.part], ['ST_KAFKA_BAD_RECORD', `${topic}[0]`]);
      assert.match(error.message, /offset 20/);
      return true;
    });
    assert.deepEqual(model.save(), before);

    // A round without a row: the model stays, and its loss is none, rather than NaN.
    const none = await randomTopic(t, { partitions: 1 });
    await writeToKafka(none, [bad, bad], { brokers });
    const seen: unknown[] = [];
    const onProgress = (round: SparkProgress) => void seen.push([round.rows, round.badRecords, round.loss]);
    const nothing = await trainOnSpark({
      ...{ topic: none, brokers, model, spark, worker, onBad: 'skip', onProgress },
    });
    assert.deepEqual(seen, [[0, 2, undefined]]);
    assert.deepEqual([nothing.rounds, nothing.totalRows, nothing.loss], [1, 0, undefined]);
    assert.deepEqual(model.save(), before);
    const job = spark.submit(path.join(temporary(t), 'none.py'));
    await assert.rejects(
      job.done,
      (error) => error instanceof EngineEndedError && /none\.py/.test(error.message),
    );
  },
);
