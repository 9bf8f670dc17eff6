/** Rows that a schema describes on the command line: `--codec`, `--schema`, `--registry`, `--fields`, `--label-field`. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { UsageError } from '../../src/cli/errors.ts';
import { labelClasses, rowCodec, type RowFlags } from '../../src/cli/row-flags.ts';
import { avroCodec, schemaRegistry, startSchemaRegistry, writeToKafka } from '../../src/kafka/index.ts';
import { sharedBench, type Bench } from '../kafka/dataset-helpers.ts';
import { randomTopic } from '../helpers/topics.ts';
import { temporaryFolder } from '../training/checkpoint/helpers.ts';
import { runCli } from './run-cli.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

const schema = {
  type: 'record',
  name: 'Cell',
  fields: [
    { name: 'clump', type: 'int' },
    { name: 'size', type: ['null', 'double'], default: null },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['benign', 'unsure', 'malignant'] } },
  ],
};
const fields = ['clump', 'size'];

test('trains on Avro with a registry: nulls are filled, an enum is the label', async (t) => {
  await using local = await startSchemaRegistry({ auth: { username: 'ann', password: 'secret' } });
  const url = local.url.replace('//', '//ann:secret@');
  const topic = await randomTopic(t, { brokers: bench.brokers });
  const codec = avroCodec({ registry: schemaRegistry({ url }), schema, label: 'kind', missing: NaN });
  await codec.register(topic);
  const rows = Array.from({ length: 120 }, (_, i) => ({
    value: codec.encode({ xs: [i % 10, i % 7 === 0 ? NaN : i % 3], ys: i % 10 > 4 ? 2 : 0 }),
  }));
  await writeToKafka(topic, [...rows, { value: 'no frame' }], { brokers: bench.brokers });
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'cell.avsc');
  await fs.writeFile(file, JSON.stringify(schema));
  const command = [
    'train',
    topic,
    '-g',
    bench.group(),
    '--checkpoint',
    path.join(folder, 'model'),
    '--linear',
  ];
  const how = [
    '--codec',
    'avro',
    '--registry',
    url,
    '--schema',
    file,
    '--label-field',
    'kind',
    '--labels',
    '0=0,2=1',
  ];
  const { exitCode, stdout, stderr } = await runCli(
    ...[
      ...command,
      ...how,
      '--missing',
      'null',
      '--skip-bad',
      '--end',
      '--json',
      '--brokers',
      bench.brokers.join(),
    ],
  );
  assert.equal(exitCode, 0, stderr);
  const { rows: learnt, badRecords } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<
    string,
    unknown
  >;
  assert.deepEqual([learnt, badRecords], [120, 1]);
  assert.ok(!`${stdout}${stderr}`.includes('secret'));
});

test('flags that do not go together are refused, whatever the codec', async (t) => {
  const file = path.join(await temporaryFolder(t), 'cell.avsc');
  await fs.writeFile(file, JSON.stringify(schema));
  const avro = { codec: 'avro', label: 'none', schema: file } as const;
  const refused: [Partial<RowFlags>, RegExp][] = [
    [{ label: 'key' }, /required option '--columns <count>'/],
    [{ label: 'key', columns: 2, fields }, /--fields: goes with --codec avro or json-schema/],
    [{ ...avro, columns: 2, delimiter: ';' }, /--columns, --delimiter: goes with --codec csv/],
    [{ ...avro, label: '2' }, /--label with a column: goes with --codec csv/],
    [{ ...avro, missing: ['?'] }, /what is missing is null/],
    [{ codec: 'avro', label: 'none' }, /goes with --schema, --registry, or both/],
    [{ codec: 'avro', label: 'none', registry: 'http://127.0.0.1:1' }, /goes with --fields/],
    [{ codec: 'json-schema', label: 'none', registry: 'http://127.0.0.1:1' }, /goes with --fields/],
    [{ ...avro, schema: `${file}.none` }, /cannot be read/],
  ];
  for (const [flags, expected] of refused)
    assert.throws(
      () => rowCodec(flags as RowFlags),
      (error) => error instanceof UsageError && expected.test(error.message),
      JSON.stringify(flags),
    );
  const plain = rowCodec({ ...avro, fields, labelField: 'kind', labels: labelClasses('0=0,1=0,2=1') });
  const value = avroCodec({ schema, label: 'kind' }).encode({ xs: [3, 4], ys: 2 });
  const record = { topic: 't', partition: 0, offset: 0, timestamp: 0, key: null, value, headers: {} };
  assert.deepEqual(plain.decode(record), { xs: Float32Array.of(3, 4), ys: 1 });
});
