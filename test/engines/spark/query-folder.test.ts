/** Which query of Spark's is gone on with, what of its log is believed, and what is refused before. No Spark is needed. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { SparkRoundError, trainOnSpark } from '../../../src/engines/index.ts';
import { buildClassifier, compileTrainStep, type TrainStep } from '../../../src/model/index.ts';
import { localCheckpoints, LogisticRegression, saveParts } from '../../../src/training/index.ts';
import { SparkRounds } from '../../../src/engines/spark/progress.ts';
import { logsOf } from '../../../src/engines/spark/rounds.ts';
import { batchOffsets, noteStatement, openQuery } from '../../../src/engines/spark/query-folder.ts';
import { openRoundsLink, type LinkMessage } from '../../../src/engines/spark/rounds-link.ts';
import { LogTruncatedError, openKafka, writeToKafka } from '../../../src/kafka/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomTopic } from '../../helpers/topics.ts';
import { connect } from 'node:net';
import { once } from 'node:events';

function temporary(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'streamtrain-query-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What Spark 4.2 leaves of a query: offsets of all batches, commits of those it saw through. */
function wrote(place: string, offsets: readonly string[], commits: number): void {
  for (const name of ['offsets', 'commits']) mkdirSync(path.join(place, name), { recursive: true });
  const settings = '{"batchWatermarkMs":0,"batchTimestampMs":1,"conf":{}}';
  for (const [batch, source] of offsets.entries())
    writeFileSync(path.join(place, 'offsets', String(batch)), `v1\n${settings}\n${source}`);
  for (let batch = 0; batch < commits; batch++)
    writeFileSync(path.join(place, 'commits', String(batch)), 'v1\n{}');
}

test('a query is gone on with only where it stands just where the checkpoint does', async (t) => {
  const folder = path.join(temporary(t), 'spark');
  const first = await openQuery(folder, { query: '', batch: -1 }, { '0': 5, '1': 0 });
  wrote(first.place, ['{"t":{"0":9,"1":4}}', '{"t":{"0":12,"1":8}}', '{"t":{"0":20,"1":8}}'], 2);
  assert.deepEqual(await batchOffsets(first, 't', 0), { from: { '0': 5, '1': 0 }, to: { '0': 9, '1': 4 } });
  assert.deepEqual(await batchOffsets(first, 't', 2), { from: { '0': 12, '1': 8 }, to: { '0': 20, '1': 8 } });
  // Batch 1 is committed: batch 2 was begun, and learnt or not.
  for (const batch of [1, 2])
    assert.deepEqual(await openQuery(folder, { query: first.id, batch }, {}), first);
  const other = await openQuery(folder, { query: first.id, batch: 0 }, { '0': 9, '1': 4 });
  assert.notEqual(
    other.id,
    first.id,
    'the checkpoint is older than the query: a new one begins where it stands',
  );
  assert.deepEqual(other.start, { '0': 9, '1': 4 });
  await assert.rejects(batchOffsets(other, 't', 0), { code: 'ST_ENGINES_SPARK_ROUND' });
});

test('a log of offsets that is not as expected is refused, and so is a folder of something else', async (t) => {
  const folder = path.join(temporary(t), 'spark');
  const query = await openQuery(folder, { query: '', batch: -1 }, { '0': 0 });
  wrote(query.place, ['{"other":{"0":9}}', '{"t":{"0":"9"}}', 'v2'], 0);
  for (const batch of [0, 1, 2])
    await assert.rejects(batchOffsets(query, 't', batch), (error) => {
      assert.ok(error instanceof SparkRoundError);
      assert.match(error.message, /log of offsets is not as expected/);
      return true;
    });
  const busy = temporary(t);
  writeFileSync(path.join(busy, 'thesis.txt'), 'dear');
  await assert.rejects(openQuery(busy, { query: '', batch: -1 }, {}), { code: 'ST_OPTION_INVALID' });
});

test("a checkpoint is of its own query; one without a batch is anyone's, and a damaged note is an error", async (t) => {
  const folder = path.join(temporary(t), 'é');
  const one = { sql: 'SELECT key, value FROM arrived', from: 't', each: 'stream' } as const;
  await noteStatement(folder, { ...one, sql: 'SELECT 1' });
  await noteStatement(folder, one);
  wrote(folder, ['{"t":{"0":9}}'], 0);
  await noteStatement(folder, { ...one, sql: ` ${one.sql}\n` });
  for (const other of [{ sql: 'SELECT 1' }, { from: 'u' }, { each: 'batch' as const }])
    await assert.rejects(noteStatement(folder, { ...one, ...other }), {
      code: 'ST_OPTION_INVALID',
      message: /checkpoint.*another query \(from "t", each: 'stream': SELECT key/,
    });
  for (const damaged of ['{"sql": "S', '[]', '']) {
    writeFileSync(path.join(folder, 'streamtrain-statement.json'), damaged);
    await assert.rejects(noteStatement(folder, one), { code: 'ST_OPTION_INVALID', message: /is whole/ });
  }
});

test('the link answers the program that knows the word, and nobody else; what an answer throws is kept', async () => {
  const heard: LinkMessage[] = [];
  const link = await openRoundsLink(async (message) => {
    heard.push(message);
    if (message.event === 'fail') throw new Error('no');
    return { heard: heard.length };
  });
  const [host = '', port = ''] = link.env['STREAMTRAIN_ROUNDS']!.split(':');
  const token = link.env['STREAMTRAIN_ROUNDS_TOKEN'];
  const wrong = [undefined, 'ab', token!.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))];
  const said = wrong.map((one) => JSON.stringify({ event: 'hello', token: one }));
  for (const line of [...said, 'GET / HTTP/1.1', 'null', '7']) {
    const stranger = connect(Number(port), host);
    stranger.write(`${line}\n`);
    await once(stranger, 'close');
  }
  assert.deepEqual([heard, link.failure], [[], undefined]);
  const friend = connect(Number(port), host);
  friend.write(`${JSON.stringify({ event: 'hello', token })}\n`);
  const [text] = (await once(friend.setEncoding('utf8'), 'data')) as [string];
  assert.deepEqual(JSON.parse(text), { heard: 1 });
  friend.write('{"event":"fail"}\n');
  await Promise.all([link.failed, once(friend, 'close')]);
  assert.match(String(link.failure?.error), /no/);
  link.close();
});

test('a linear model is refused with the reason before anything is started', async () => {
  const model = new LogisticRegression({ features: 2 }) as unknown as TrainStep;
  await assert.rejects(trainOnSpark({ topic: 'none', model }), {
    code: 'ST_OPTION_INVALID',
    message: /"?model"?.*linear models, .*learn in one process/,
  });
});

test('a checkpoint whose log was cut back since is refused before anything is started', async (t) => {
  const [topic, brokers] = [await randomTopic(t, { partitions: 2 }), await testBrokers()];
  await writeToKafka(topic, [{ value: '1,2', key: '1', partition: 0 }], { brokers, log: false });
  await using client = await openKafka({ brokers });
  const logs = await logsOf(client, topic, {});
  assert.deepEqual(logs.leaderEpochs, { [topic]: { 0: 0, 1: 0 } });
  // As where a leader was elected that the metadata do not have yet: by epoch 0 the log ends at 1.
  const behind = await logsOf(client, topic, {}, { 0: 2, 1: 0 });
  assert.deepEqual(behind.leaderEpochs, { [topic]: { 1: 0 } });
  const step = compileTrainStep(buildClassifier({ inputs: 2 }));
  t.after(() => step.dispose());
  const checkpoint = localCheckpoints(temporary(t));
  const position = { [topic]: { 0: 1, 1: 0 } };
  const parts = saveParts({ model: step, rounds: new SparkRounds() });
  // An epoch that the log has never seen.
  await checkpoint.save({ topics: [topic], position, ...logs, leaderEpochs: { [topic]: { 0: 5 } }, parts });
  await assert.rejects(trainOnSpark({ topic, model: step, brokers, checkpoint }), (error: unknown) => {
    assert.ok(error instanceof LogTruncatedError, String(error));
    assert.deepEqual([error.topic, error.partition, error.offset], [topic, 0, 1]);
    return true;
  });
});
