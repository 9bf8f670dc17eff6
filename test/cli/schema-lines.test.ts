/** Rows that a schema describes, as lines of text: `predict` and `worker` with `--codec`, `--schema`, `--registry`, `--fields`. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import {
  avroCodec,
  jsonSchemaCodec,
  schemaRegistry,
  startSchemaRegistry,
  writeToKafka,
} from '../../src/kafka/index.ts';
import { LogisticRegression, localCheckpoints, saveParts } from '../../src/training/index.ts';
import { sharedBench, type Bench } from '../kafka/dataset-helpers.ts';
import { randomTopic } from '../helpers/topics.ts';
import { temporaryFolder } from '../training/checkpoint/helpers.ts';
import { runCli, startCli } from './run-cli.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

const schema = {
  type: 'record',
  name: 'Cell',
  fields: [
    { name: 'clump', type: 'int' },
    { name: 'size', type: ['null', 'double'], default: null },
  ],
};
const jsonSchema = {
  type: 'object',
  properties: { clump: { type: 'integer' }, size: { type: 'number' } },
  required: ['clump', 'size'],
};
const rows = [
  [5, 1.5],
  [1, -2],
  [9, 0.25],
];

/** A model of two features, its schemas in files, and what it predicts. */
async function modelFolder(t: TestContext) {
  const folder = await temporaryFolder(t);
  const model = new LogisticRegression({ features: 2, learningRate: 0.1 });
  model.learn({ rows: 2, xs: Float64Array.of(5, 1, 1, 0), ys: Float32Array.of(1, 0) });
  await localCheckpoints(path.join(folder, 'model')).save({
    ...{ topics: ['t'], position: { t: { 0: 1 } }, parts: saveParts({ model }) },
  });
  const at = (name: string): string => path.join(folder, name);
  await fs.writeFile(at('cell.avsc'), JSON.stringify(schema));
  await fs.writeFile(at('cell.json'), JSON.stringify(jsonSchema));
  const expected = rows.map((row) => model.predict(Float64Array.from(row), 1)[0]!);
  const lines = async (values: readonly (string | Buffer)[]): Promise<string> => {
    const text = values.map((value) => (typeof value === 'string' ? value : value.toString('base64')));
    await fs.writeFile(at('values'), text.map((line) => `${line}\n`).join(''));
    return at('values');
  };
  return { at, expected, lines };
}

const scoresOf = (text: string): number[] =>
  text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[0]));

test('predict reads values one a line: JSON as it is, Avro and what a registry framed in base64', async (t) => {
  const { at, expected, lines } = await modelFolder(t);
  await using local = await startSchemaRegistry({ auth: { username: 'ann', password: 'secret' } });
  const url = local.url.replace('//', '//ann:secret@');
  const framed = {
    avro: avroCodec({ registry: schemaRegistry({ url }), schema, label: 'none' }),
    json: jsonSchemaCodec({
      ...{ registry: schemaRegistry({ url }), schema: jsonSchema, fields: ['clump', 'size'], label: 'none' },
    }),
  };
  await framed.avro.register('cells');
  await framed.json.register('documents');
  const plain = avroCodec({ schema, label: 'none' });
  const ways: Readonly<Record<string, [values: readonly (string | Buffer)[], flags: readonly string[]]>> = {
    'JSON lines': [
      rows.map(([clump, size]) => JSON.stringify({ size, clump, note: 'a "b" c' })),
      ['--codec', 'json-schema', '--schema', at('cell.json'), '--fields', 'clump,size'],
    ],
    'JSON with a registry': [
      rows.map((xs) => framed.json.encode({ xs })),
      ['--codec', 'json-schema', '--registry', url, '--fields', 'clump,size'],
    ],
    Avro: [rows.map((xs) => plain.encode({ xs })), ['--codec', 'avro', '--schema', at('cell.avsc')]],
    'Avro with a registry': [
      rows.map((xs) => framed.avro.encode({ xs })),
      ['--codec', 'avro', '--registry', url, '--fields', 'clump,size'],
    ],
  };
  for (const [way, [values, flags]] of Object.entries(ways)) {
    const file = await lines(values);
    const { exitCode, stdout, stderr } = await runCli('predict', file, '--model', at('model'), ...flags);
    assert.equal(exitCode, 0, `${way}: ${stderr}`);
    assert.deepEqual(scoresOf(stdout), expected, way);
    assert.ok(!`${stdout}${stderr}`.includes('secret'));
  }
  // What is no value keeps a line of its own, with its reason.
  const bad = ['5,1.5', 'AAAA=AAA', '', plain.encode({ xs: [5, 1.5] })];
  const command = ['predict', await lines(bad), '--model', at('model'), '--codec', 'avro', '--json'];
  const { stdout, exitCode } = await runCli(...command, '--schema', at('cell.avsc'));
  assert.equal(exitCode, 0);
  const found = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { error?: string; score?: number; bad?: number });
  assert.match(found[0]!.error!, /row 1: it is no base64, in which bytes are put into a line/);
  assert.match(found[1]!.error!, /row 2: it is no base64/);
  assert.match(found[2]!.error!, /row 3: .*nothing/);
  assert.deepEqual([found[3]!.score, found[4]!.bad], [expected[0], 3]);
});

test('flags of CSV beside --codec, and rows of another width, are refused; so is what the other mode has', async (t) => {
  const { at, lines } = await modelFolder(t);
  const file = await lines(['{}']);
  const avro = ['--codec', 'avro', '--schema', at('cell.avsc')];
  const predict = ['predict', file, '--model', at('model')];
  const score = ['worker', '--score', at('model')];
  const refused: [argv: readonly string[], expected: RegExp][] = [
    [[...predict, ...avro, '--key', 'a', '--no-header'], /--no-header, --key: goes with --codec csv/],
    [[...predict, ...avro, '--delimiter', ';'], /--delimiter: goes with --codec csv/],
    [[...predict, '--fields', 'clump'], /--fields: goes with --codec avro or json-schema/],
    [[...predict, ...avro, '--fields', 'clump'], /rows have 1 features and the model 2; --fields says/],
    [[...predict, ...avro, '--missing', '?'], /what is missing is null/],
    [[...predict, ...avro, '--label-field', 'kind'], /unknown option '--label-field'/],
    [[...score, ...avro, '--columns', '2'], /--columns: goes with --codec csv/],
    [[...score, ...avro, '--label-field', 'kind'], /--label-field: goes with --stdin/],
    [['worker', '--stdin', ...avro, '--missing', 'null'], /--missing: goes with --score\. .* fills no gaps/],
    [['worker', '--stdin', '--skip-bad', '--columns', '3'], /--columns, --skip-bad: goes with --score/],
    [['worker', '--stdin', '--schema', at('cell.avsc')], /--schema: goes with --codec avro or json-schema/],
  ];
  for (const [argv, expected] of refused) {
    const { exitCode, stderr } = await runCli(...argv);
    assert.equal(exitCode, 2, stderr);
    assert.match(stderr, expected);
  }
  const { exitCode, stderr } = await runCli('predict', `${file}.none`, '--model', at('model'), ...avro);
  assert.deepEqual([exitCode, /values\.none: it cannot be read/.test(stderr)], [1, true], stderr);
});

test('a byte order mark at the beginning of values, of requests and of a schema is no part of them', async (t) => {
  const { at, expected, lines } = await modelFolder(t);
  const mark = '\uFEFF';
  const file = await lines([`${mark}{"clump": 5, "size": 1.5}`, `${mark}{"clump": 1, "size": -2}`]);
  await fs.writeFile(at('cell.json'), `${mark}${JSON.stringify(jsonSchema)}`);
  const flags = ['--codec', 'json-schema', '--schema', at('cell.json'), '--fields', 'clump,size'];
  const predicted = await runCli('predict', file, '--model', at('model'), ...flags);
  assert.equal(predicted.exitCode, 0, predicted.stderr);
  assert.equal(scoresOf(predicted.stdout)[0], expected[0]);
  assert.match(predicted.stderr, /row 2: .*1 of 2 rows could not be predicted/s);
  const { child, result } = await startCli(['worker', '--stdin']);
  child.stdin.end(`${mark}{"op": "init", "id": 1, "model": {"classifier": {"inputs": 2, "seed": 1}}}\n`);
  const [, answer] = (await result).stdout.trimEnd().split('\n');
  assert.match(answer ?? '', /^\{"id":1,"ok":true,/);
});

test('worker --score takes bytes in base64 behind the key, and waits for the schema', async (t) => {
  const { at, expected } = await modelFolder(t);
  await using local = await startSchemaRegistry();
  const codec = avroCodec({ registry: schemaRegistry({ url: local.url }), schema, label: 'none' });
  await codec.register('cells');
  const flags = ['--codec', 'avro', '--registry', local.url, '--schema', at('cell.avsc'), '--skip-bad'];
  const { child, result } = await startCli(['worker', '--score', at('model'), ...flags]);
  const lines = rows.map((xs, i) => `${i}\t${codec.encode({ xs }).toString('base64')}\n`);
  child.stdin.end(['x\t5,1.5\n', ...lines].join(''));
  const { exitCode, stdout, stderr } = await result;
  assert.equal(exitCode, 0, stderr);
  const [bad, ...scored] = stdout.trimEnd().split('\n');
  assert.equal(bad, 'x\t\\N');
  assert.deepEqual(
    scored.map((line) => line.split('\t').map(Number)),
    expected.map((score, i) => [i, score]),
  );
});

test('worker --stdin reads ranges by its codec, and refuses a csv of a request beside it', async (t) => {
  await using local = await startSchemaRegistry();
  const labelled = {
    ...schema,
    fields: [...schema.fields, { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['a', 'b'] } }],
  };
  const file = path.join(await temporaryFolder(t), 'cell.avsc');
  await fs.writeFile(file, JSON.stringify(labelled));
  const registry = schemaRegistry({ url: local.url });
  const codec = avroCodec({ registry, schema: labelled, label: 'kind' });
  const topic = await randomTopic(t, { brokers: bench.brokers });
  await codec.register(topic);
  const values = rows.map(([a = 0, b = 0], i) => ({ value: codec.encode({ xs: [a, b], ys: i % 2 }) }));
  await writeToKafka(topic, values, { brokers: bench.brokers });
  const flags = [
    '--codec',
    'avro',
    '--registry',
    local.url,
    '--schema',
    file,
    '--fields',
    'clump,size',
    '--label-field',
    'kind',
  ];
  const { child, result } = await startCli(['worker', '--stdin', ...flags]);
  const init = (inputs: number) => ({ op: 'init', model: { classifier: { inputs, seed: 1 } } });
  const requests = [
    { ...init(2), csv: { columns: 2 } },
    init(3),
    init(2),
    { op: 'predict', ranges: [{ topic, partition: 0, from: 0, to: rows.length }] },
  ];
  child.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  const { stdout, stderr } = await result;
  const [, beside, wide, , predicted] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { error?: { message: string }; rows?: number; labelled?: number });
  assert.match(beside!.error!.message, /csv: this worker was started with a codec of its own/, stderr);
  assert.match(wide!.error!.message, /model: it has 3 features, and the rows of this worker's codec 2/);
  assert.deepEqual([predicted?.rows, predicted?.labelled], [3, 3], predicted?.error?.message);
});
