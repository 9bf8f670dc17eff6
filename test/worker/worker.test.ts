import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { after, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rowPredictor, newestCheckpoint } from '../../src/export/index.ts';
import { csvCodec, deleteRecords, writeToKafka } from '../../src/kafka/index.ts';
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { mulberry32 } from '../../src/random.ts';
import { localCheckpoints, saveParts } from '../../src/training/index.ts';
import { scoreLines, stateFromText, stateToText, type SentRequest } from '../../src/worker/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomTopic } from '../helpers/topics.ts';
import { typescriptProgram } from '../helpers/typescript.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const FEATURES = 4;

/** Whatever a request is answered by. */
interface Answer {
  readonly [name: string]: unknown;
  readonly ok?: boolean;
  readonly state?: string;
  readonly rows?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

async function startWorker(t: { after: (work: () => void) => void }) {
  const brokers = (await testBrokers()).join(',');
  const child = spawn(process.execPath, [...typescriptProgram(main), 'worker', '--stdin'], {
    env: { ...process.env, STREAMTRAIN_BROKERS: brokers },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => void child.kill('SIGKILL'));
  // One that was killed takes no more.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Answer> => JSON.parse((await lines.next()).value as string) as Answer;
  const hello = await next();
  assert.deepEqual(hello, { ready: true, protocol: 1, pid: child.pid });
  return {
    child,
    next,
    ask: async (request: SentRequest | object): Promise<Answer> => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
  };
}

let one: ReturnType<typeof startWorker> | undefined;
after(async () => void (await one)?.child.kill('SIGKILL'));
/** A worker for all tests that do not end it; knows nothing of the test before. */
const sharedWorker = () => (one ??= startWorker({ after: () => {} }));

const init = { op: 'init', model: { classifier: { inputs: FEATURES, seed: 1 } }, step: { seed: 5 } } as const;

/** Rows whose label shows in their first feature. */
function someRows(rows: number, seed: number): { key: string; value: string }[] {
  const random = mulberry32(seed);
  return Array.from({ length: rows }, () => {
    const xs = Array.from({ length: FEATURES }, () => Math.round(random() * 2000 - 1000) / 100);
    return { key: xs[0]! > 0 ? '1' : '0', value: xs.join(',') };
  });
}

async function filledTopic(t: TestContext, rows: readonly { key: string; value: string }[]): Promise<string> {
  const topic = await randomTopic(t, { partitions: 1 });
  await writeToKafka(topic, rows, { brokers: await testBrokers() });
  return topic;
}

test('a shell pipe trains on rows it gives and predicts, and standard output is the protocol alone', async () => {
  const rows = someRows(64, 1).map(({ key, value }) => [Number(key), ...value.split(',').map(Number)]);
  const script = [
    JSON.stringify({ id: 1, ...init }),
    JSON.stringify({ id: 2, op: 'train', rows, epochs: 20, seed: 3 }),
    JSON.stringify({ id: 3, op: 'predict', rows }),
    'no json',
    JSON.stringify({ id: 5, op: 'fly' }),
    '{"id":6,"op":"predict","rows":[[9007199254740993]]}',
    '{"id":9007199254740993,"op":"predict"}',
    '{"id":8,"op":"predict","rows":[[1,1,1,1,1]],"count":false,"count":true}',
    '{"id":9,"op":"train","ranges":[{"topic":"t","partition":0,"from":0,"to":1,"from":1}]}',
    '{"id":10,"id":11,"op":"predict","rows":[[1,1,1,1,1]]}',
  ].join('\n');
  const command = `printf '%s\\n' "$SCRIPT" | "$NODE" ${typescriptProgram(main).join(' ')} worker --stdin`;
  const shell = spawn('sh', ['-c', command], {
    env: { ...process.env, SCRIPT: script, NODE: process.execPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  shell.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const [exitCode] = (await once(shell, 'close')) as [number];
  assert.equal(exitCode, 0);
  const answers = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
  assert.deepEqual(
    answers.map(({ ready, id, ok, error }) => [ready, id, ok, error?.code]),
    [
      [true, undefined, undefined, undefined],
      [undefined, 1, true, undefined],
      [undefined, 2, true, undefined],
      [undefined, 3, true, undefined],
      [undefined, null, false, 'ST_WORKER_REQUEST'],
      [undefined, 5, false, 'ST_WORKER_REQUEST'],
      [undefined, 6, false, 'ST_WORKER_REQUEST'],
      [undefined, null, false, 'ST_WORKER_REQUEST'],
      [undefined, 8, false, 'ST_WORKER_REQUEST'],
      [undefined, 9, false, 'ST_WORKER_REQUEST'],
      [undefined, null, false, 'ST_WORKER_REQUEST'],
    ],
  );
  assert.match(answers.at(-2)!.error!.message, /a line has the name "from" twice in one object/);
  const [, ready, trained, predicted] = answers;
  assert.equal(ready!['features'], FEATURES);
  assert.equal(trained!['steps'], 40);
  // Bit for bit what this process comes to by the same calls.
  const layers = buildClassifier({ inputs: FEATURES, seed: 1 });
  using step = compileTrainStep(layers, { seed: 5 });
  layers.dispose();
  step.restore(stateFromText(trained!.state!));
  const xs = Float32Array.from(rows.flatMap((row) => row.slice(1)));
  assert.deepEqual(predicted!['predictions'], [...step.predict(xs, 64)]);
  assert.ok(Number(predicted!['right']) > 55, `${String(predicted!['right'])} of 64 right`);
});

test('a worker fetches the rows of a range itself, learns the same as from rows given, and stays for the next round', async (t) => {
  const rows = someRows(120, 2);
  const topic = await filledTopic(t, rows);
  const { ask } = await sharedWorker();
  const { state } = await ask(init);
  const work = { op: 'train', state, epochs: 2, batchSize: 16, seed: 9 } as const;
  const ranged = await ask({ ...work, ranges: [{ topic, partition: 0, from: 20, to: 100 }] });
  assert.deepEqual([ranged.ok, ranged.rows, ranged['bad'], ranged['steps']], [true, 80, 0, 10]);
  const given = rows.slice(20, 100).map(({ key, value }) => [Number(key), ...value.split(',').map(Number)]);
  const direct = await ask({ ...work, rows: given });
  assert.equal(direct.state, ranged.state);
  const other = await ask({ ...work, seed: 10, rows: given });
  assert.notEqual(other.state, ranged.state, 'another seed draws otherwise');
  const mean = await ask({
    op: 'average',
    states: [ranged, other].map(({ rows, state }) => ({ rows, state })),
  });
  assert.deepEqual([mean.ok, mean.rows], [true, 160]);
  const counted = await ask({
    op: 'predict',
    state: mean.state,
    ranges: [{ topic, partition: 0, from: 0, to: 120 }],
    count: true,
  });
  assert.deepEqual([counted['labelled'], counted['predictions']], [120, undefined]);
});

test('a range that is not there whole is an error, and so is a bad row unless it is to be counted', async (t) => {
  const topic = await filledTopic(t, [
    ...someRows(10, 3),
    { key: '1', value: '1,2,many,4' },
    ...someRows(9, 4),
  ]);
  const { ask } = await sharedWorker();
  await ask(init);
  const train = (from: number, to: number, partition = 0) =>
    ask({ op: 'train', ranges: [{ topic, partition, from, to }] });
  const beyond = await train(5, 21);
  assert.deepEqual([beyond.ok, beyond.error?.code], [false, 'ST_WORKER_RANGE']);
  assert.match(beyond.error!.message, /the log ends before offset 20/);
  const bad = await train(0, 20);
  assert.deepEqual([bad.ok, bad.error?.code], [false, 'ST_KAFKA_BAD_RECORD']);
  assert.match(bad.error!.message, /offset 10/);
  assert.equal((await train(0, 5, 3)).ok, false, 'there is no such partition');
  assert.equal((await train(5, 2)).error?.code, 'ST_WORKER_REQUEST');
  await ask({ ...init, onBad: 'skip' });
  const skipped = await train(0, 20);
  assert.deepEqual([skipped.ok, skipped.rows, skipped['bad']], [true, 19, 1]);
  await deleteRecords(topic, { brokers: await testBrokers(), before: { 0: 4 } });
  const gone = await train(0, 5);
  assert.deepEqual([gone.ok, gone.error?.code], [false, 'ST_WORKER_RANGE']);
  assert.match(gone.error!.message, /the log begins at 4/);
});

test('what a worker cannot do it says, and goes on', async () => {
  const { ask } = await sharedWorker();
  await ask({ ...init, step: { loss: 'none of these' } });
  const row = [1, 1, 2, 3, 4];
  assert.equal((await ask({ op: 'train', rows: [row] })).error?.code, 'ST_WORKER_NO_MODEL');
  assert.equal((await ask({ ...init, step: { speed: 3 } })).error?.code, 'ST_OPTION_UNKNOWN');
  assert.equal((await ask({ ...init, csv: { columns: 7 } })).error?.code, 'ST_OPTION_INVALID');
  const { state } = await ask(init);
  assert.equal((await ask({ op: 'predict', rows: [row.slice(1)] })).error?.code, 'ST_WORKER_REQUEST');
  assert.equal((await ask({ op: 'predict', rows: [[1, 1, 1e300, 1, 1]] })).error?.code, 'ST_WORKER_REQUEST');
  assert.equal(
    (await ask({ op: 'predict', rows: [row], state: state!.slice(0, -9) })).error?.code,
    'ST_WORKER_STATE',
  );
  assert.equal((await ask({ op: 'train', rows: [row], ranges: [] })).error?.code, 'ST_WORKER_REQUEST');
  assert.equal((await ask({ op: 'average', states: [] })).error?.code, 'ST_WORKER_AVERAGE');
  const again = await ask({ op: 'predict', rows: [row] });
  assert.deepEqual([again.ok, again.rows], [true, 1]);
});

test('a round that fails half way leaves the model as it was, and so does a prediction by another state', async () => {
  const { ask } = await sharedWorker();
  const { state } = await ask(init);
  const rows = someRows(64, 12).map(({ key, value }) => [Number(key), ...value.split(',').map(Number)]);
  const held = (await ask({ op: 'predict', rows }))['predictions'];
  // No label in the second batch: the first one is learnt by then.
  const broken = rows.map((row, at) => (at === 40 ? [null, ...row.slice(1)] : row));
  const failed = await ask({ op: 'train', rows: broken, batchSize: 32, shuffle: false, seed: 9 });
  assert.equal(failed.ok, false);
  assert.deepEqual((await ask({ op: 'predict', rows }))['predictions'], held);
  const learnt = await ask({ op: 'train', rows, state, epochs: 5, seed: 3 });
  await ask(init);
  const other = (await ask({ op: 'predict', rows, state: learnt.state }))['predictions'];
  assert.notDeepEqual(other, held);
  assert.deepEqual((await ask({ op: 'predict', rows }))['predictions'], held);
});

test('after a kill another worker gives the same answer, as an answer depends on the request alone', async (t) => {
  const topic = await filledTopic(t, someRows(4000, 6));
  const { ask } = await sharedWorker();
  const { state } = await ask(init);
  const round = {
    op: 'train',
    state,
    epochs: 5,
    seed: 4,
    ranges: [{ topic, partition: 0, from: 0, to: 4000 }],
  } as const;
  const expected = await ask(round);
  const first = await startWorker(t);
  await first.ask(init);
  first.child.stdin.write(`${JSON.stringify(round)}\n`);
  first.child.kill('SIGKILL');
  await once(first.child, 'close');
  const second = await startWorker(t);
  await second.ask(init);
  assert.equal((await second.ask(round)).state, expected.state);
});

test('lines are scored in their order, as the model of a checkpoint predicts them', async (t) => {
  const layers = buildClassifier({ inputs: FEATURES, seed: 1 });
  using model = compileTrainStep(layers);
  layers.dispose();
  const folder = mkdtempSync(path.join(tmpdir(), 'streamtrain-score-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = localCheckpoints(folder);
  await store.save({ topics: ['t'], position: {}, parts: saveParts({ model }) });
  const rows = someRows(2500, 8);
  const lines = rows.map(({ value }, at) => `row ${at}\t${value}\n`);
  lines.splice(1200, 0, 'bad\t1,2,3\n');
  const command = [...typescriptProgram(main), 'worker', '--score', folder, '--skip-bad'];
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'pipe'] });
  const [out, errors]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => out.push(piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => errors.push(piece));
  child.stdin.end(lines.join(''));
  assert.deepEqual(await once(child, 'close'), [0, null]);
  using predictor = rowPredictor(await newestCheckpoint(store));
  const xs = Float64Array.from(rows.flatMap(({ value }) => value.split(',').map(Number)));
  const expected = predictor.predict(xs, rows.length);
  const scored = out
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  assert.deepEqual(scored.splice(1200, 1), [['bad', '\\N']]);
  assert.deepEqual(
    scored.map(([key]) => key),
    rows.map((_, at) => `row ${at}`),
  );
  // The last bit depends on how many rows share a call.
  for (const [at, [, score]] of scored.entries()) assert.ok(Math.abs(Number(score) - expected[at]!) < 1e-6);
  assert.match(errors.join(''), /1 of 2501 rows could not be read/);
  const throwing = scoreLines({
    input: Readable.from(['good\t1,2,3,4\n', 'bad\t1,2,3\n']),
    write: async () => {},
    predictor,
    codec: csvCodec({ columns: FEATURES, label: 'none' }),
  });
  await assert.rejects(throwing, { code: 'ST_KAFKA_BAD_RECORD', offset: 1 });

  // A key is what stands before the tab, whatever it holds; a line without one is no row.
  const found: string[] = [];
  const scoring = {
    write: async (text: string) => void found.push(text),
    predictor,
    codec: csvCodec({ columns: FEATURES, label: 'none' }),
  };
  const bytes = Buffer.from('k\rz\u2028é\t1,2,3,4\r\n1,2,3,4\nlast\t1,2,3,4');
  // Cut within the é.
  const input = Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]);
  assert.deepEqual(await scoreLines({ ...scoring, input, onBad: 'skip' }), { rows: 3, bad: 1 });
  const [score] = predictor.predict(Float64Array.of(1, 2, 3, 4), 1);
  const [first, none, last] = found.join('').split('\n');
  assert.deepEqual([none, first?.split('\t')[0], last?.split('\t')[0]], ['\t\\N', 'k\rz\u2028é', 'last']);
  for (const line of [first, last]) assert.ok(Math.abs(Number(line?.split('\t')[1]) - score!) < 1e-6);
  // A row that is read, and not predicted: a value beyond float32.
  const large = () => Readable.from(['one\t1,2,3,4\nlarge\t1,2,3,1e300\ntwo\t1,2,3,4\n']);
  found.length = 0;
  assert.deepEqual(await scoreLines({ ...scoring, input: large(), onBad: 'skip' }), { rows: 3, bad: 1 });
  assert.match(found.join(''), /^one\t0\.\d+\nlarge\t\\N\ntwo\t0\.\d+\n$/);
  await assert.rejects(scoreLines({ ...scoring, input: large() }), { offset: 1, reason: 'not-finite' });
  const noText = Buffer.from([0x6b, 0xff, 0x09, 0x31]);
  for (const [reason, line] of Object.entries({ malformed: Buffer.from('1,2,3,4\n'), binary: noText }))
    await assert.rejects(scoreLines({ ...scoring, input: Readable.from([line]) }), { offset: 0, reason });
});

test('a state text of this process is one to a worker', async () => {
  const { ask } = await sharedWorker();
  const { state } = await ask(init);
  assert.equal(stateToText(stateFromText(state!)), state);
});
