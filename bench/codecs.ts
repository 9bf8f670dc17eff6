/** What decoding alone costs, by codec: rows of nine numbers, round after round in turn, by processor time. */
import { Command } from 'commander';
import { startSchemaRegistry } from '../src/kafka/index.ts';
import {
  avroCodec,
  csvCodec,
  jsonCodec,
  jsonSchemaCodec,
  packedCodec,
  schemaRegistry,
} from '../src/kafka/index.ts';
import type { Codec, KafkaRecord } from '../src/kafka/index.ts';
import { mulberry32 } from '../src/random.ts';
import { machine, report } from './report.ts';
import { median } from './tables.ts';

const { json = false } = new Command('bench/codecs.ts')
  .description('Rows that each codec decodes in a second of processor time, nine numbers a row.')
  .option('--json', 'one line of JSON for each codec')
  .parse()
  .opts<{ json?: boolean }>();

const COLUMNS = 9;
const ROWS = 100_000;
const ROUNDS = 7;

await using local = await startSchemaRegistry();
const registry = schemaRegistry({ url: local.url });
const fields = Array.from({ length: COLUMNS }, (_, i) => `x${i}`);
const schema = { type: 'record', name: 'Row', fields: fields.map((name) => ({ name, type: 'float' })) };
const jsonSchema = {
  type: 'object',
  properties: Object.fromEntries(fields.map((name) => [name, { type: 'number' }])),
};
const framed = avroCodec({ registry, schema });
await framed.register('bench');
const checked = jsonSchemaCodec({ registry, schema: jsonSchema, fields });
await checked.register('bench-json');

const codecs: Readonly<Record<string, Codec>> = {
  packed: packedCodec({ columns: COLUMNS }),
  CSV: csvCodec({ columns: COLUMNS }),
  JSON: jsonCodec({ fields }),
  'JSON Schema, with a registry': checked,
  Avro: avroCodec({ schema }),
  'Avro, with a registry': framed,
};
const random = mulberry32(1);
const rows = Array.from({ length: 1_000 }, () =>
  Float32Array.from(fields, () => Math.round(random() * 1e4) / 1e3),
);
const recordOf = (value: string | Buffer): KafkaRecord => ({
  ...{ topic: 't', partition: 0, offset: 0, timestamp: 0, headers: {} },
  ...{ key: Buffer.from('1'), value: Buffer.from(value) },
});

const records = new Map(
  Object.entries(codecs).map(
    ([name, codec]) => [name, rows.map((xs) => recordOf(codec.encode({ xs })))] as const,
  ),
);
for (const one of [framed, checked]) await one.ready(recordOf(one.encode({ xs: rows[0]! })));

const [xs, ys] = [new Float32Array(COLUMNS * rows.length), new Float32Array(rows.length)];
const rates = new Map<string, number[]>();
for (let round = 0; round < ROUNDS; round++)
  for (const [name, codec] of Object.entries(codecs)) {
    const its = records.get(name)!;
    const began = process.cpuUsage();
    for (let row = 0; row < ROWS; row++) codec.decodeInto(its[row % rows.length]!, xs, row % rows.length, ys);
    const { user, system } = process.cpuUsage(began);
    rates.set(name, [...(rates.get(name) ?? []), ROWS / ((user + system) / 1e6)]);
  }

const plain = median(rates.get('JSON')!);
if (!json) console.log(`${machine()}; the median of ${ROUNDS} rounds of ${ROWS} rows\n`);
report(
  'codecs',
  [...rates].map(([codec, all]) => ({
    codec,
    bytes: records.get(codec)![0]!.value!.length,
    rowsPerCpuSecond: Math.round(median(all)),
    'times JSON': Number((median(all) / plain).toFixed(2)),
  })),
  json,
);
