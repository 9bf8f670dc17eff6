/** The codecs read back all that they write, whatever the numbers, marks, names and delimiters; the rest they refuse to write. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Codec } from '../../../src/kafka/codec/codec.ts';
import { csvCodec } from '../../../src/kafka/codec/csv.ts';
import { BadRecordError, EncodeRowError } from '../../../src/kafka/codec/errors.ts';
import { InvalidOptionError } from '../../../src/options.ts';
import { jsonCodec } from '../../../src/kafka/codec/json.ts';
import { packedCodec } from '../../../src/kafka/codec/raw.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';

function record(value: string | Buffer): KafkaRecord {
  return {
    topic: 't',
    partition: 0,
    offset: 0,
    timestamp: 0,
    key: null,
    value: Buffer.from(value),
    headers: {},
  };
}

/** Every kind of double: those of float32, those beyond, gaps, infinities, both zeros, subnormal ones. */
const anyNumber = fc.oneof(
  fc.float(),
  fc.double(),
  fc.integer({ min: -10_000, max: 10_000 }),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e300, 3.5e38, 1e-45, 5e-324, -999, 9999, 0.1),
);
const rows = fc.oneof(
  fc.array(anyNumber, { minLength: 1, maxLength: 6 }),
  fc.array(anyNumber, { minLength: 1, maxLength: 6 }).map((xs) => Float32Array.from(xs)),
);
const delimiters = fc.constantFrom(',', ';', '\t', ' ', '|', '?', ':', '!');
/** Marks as files have them, and some that nobody should have. */
const marks = fc.oneof(
  fc.constantFrom(
    '',
    '?',
    '-',
    'NA',
    'NaN',
    '-999',
    '-200',
    '9999',
    '0',
    '.',
    '1e3',
    ' n/a ',
    'Infinity',
    '0x10',
  ),
  fc.constantFrom(
    '"',
    'a"b',
    'a,b',
    'a;b',
    'a\tb',
    'a\nb',
    'a\r\nb',
    'ü',
    '\u00a0',
    '|',
    '!',
    '?',
    '-999.0',
    '+5',
  ),
  fc.string({ maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
);

/** Writes and reads a row: exactly the same as float32, or an `EncodeRowError`. Gives whether it was written. */
function goesBothWays(codec: Codec, xs: ArrayLike<number>, ys: number | undefined): boolean {
  let value: string | Buffer;
  try {
    value = codec.encode({ xs, ys });
  } catch (error) {
    assert.ok(error instanceof EncodeRowError, String(error));
    return false;
  }
  const read = codec.decode(record(value));
  assert.deepEqual(Float32Array.from(read.xs), Float32Array.from(xs), JSON.stringify(String(value)));
  if (ys !== undefined) assert.equal(Math.fround(read.ys), Math.fround(ys));
  return true;
}

describe('what is written is read back', () => {
  test('as CSV', () => {
    let written = 0;
    const options = fc.record({
      delimiter: delimiters,
      missing: fc.dictionary(marks, fc.constantFrom(NaN, 0, -1, 7), { maxKeys: 3, noNullPrototype: true }),
      withLabel: fc.boolean(),
      label: fc.oneof(fc.integer({ min: -3, max: 3 }), anyNumber),
    });
    fc.assert(
      fc.property(rows, options, (xs, { delimiter, missing, withLabel, label }) => {
        const columns = xs.length + (withLabel ? 1 : 0);
        let codec;
        try {
          codec = csvCodec({ columns, delimiter, missing, label: withLabel ? xs.length >> 1 : 'none' });
        } catch (error) {
          assert.ok(error instanceof InvalidOptionError, String(error));
          return;
        }
        if (goesBothWays(codec, xs, withLabel ? label : undefined)) written++;
      }),
      { numRuns: 5_000 },
    );
    assert.ok(written > 1_000, `only ${written} rows were written: the generator tests nothing`);
  });

  test('as JSON, whatever the fields are called', () => {
    let written = 0;
    const names = fc.uniqueArray(
      fc.oneof(
        fc.constantFrom('__proto__', 'constructor', '1', 'a b', 'ü'),
        // As a label these two say where it is.
        fc.string({ unit: 'binary', minLength: 1 }).filter((name) => name !== 'key' && name !== 'none'),
      ),
      { minLength: 2, maxLength: 6 },
    );
    fc.assert(
      fc.property(
        names,
        fc.option(fc.constantFrom(NaN, 0, -1), { nil: undefined }),
        anyNumber,
        fc.array(anyNumber),
        (all, missing, ys, more) => {
          const [label = 'y', ...fields] = all;
          const xs = fields.map((_, at) => more[at] ?? at);
          const codec = jsonCodec({
            fields,
            label,
            ...(missing === undefined ? {} : { missing }),
          });
          if (goesBothWays(codec, xs, ys)) written++;
        },
      ),
      { numRuns: 3_000 },
    );
    assert.ok(written > 500, `only ${written} rows were written`);
  });

  test('as packed numbers of every kind', () => {
    let written = 0;
    const dtypes = fc.constantFrom(
      'float32' as const,
      'float64' as const,
      'int32' as const,
      'uint8' as const,
    );
    fc.assert(
      fc.property(
        dtypes,
        fc.array(fc.oneof(anyNumber, fc.nat(255)), { minLength: 1, maxLength: 5 }),
        (dtype, xs) => {
          // An integer has no negative zero.
          const row = dtype === 'int32' || dtype === 'uint8' ? xs.map((x) => x + 0) : xs;
          if (goesBothWays(packedCodec({ columns: xs.length, dtype, label: 'none' }), row, undefined))
            written++;
        },
      ),
      { numRuns: 3_000 },
    );
    assert.ok(written > 300, `only ${written} rows were written`);
  });
});

describe('marks of missing values', () => {
  const read = (missing: Record<string, number>, row: string, delimiter = ',') => {
    const columns = row.split(delimiter).length;
    return [...csvCodec({ columns, delimiter, label: 'none', missing }).decode(record(row)).xs];
  };

  test('a mark that is a number stands for every way to write it, also beside other marks and beyond float32', () => {
    assert.deepEqual(read({ '-999': NaN }, '-999,5,-999.0,-9.99e2,"-999"'), [NaN, 5, NaN, NaN, NaN]);
    assert.deepEqual(read({ '-200': NaN, '?': 0, '9999': -1 }, '-200,?,9999,9999.5'), [NaN, 0, -1, 9999.5]);
    assert.deepEqual(read({ '0': NaN }, '0,-0,0.0,1,10'), [NaN, NaN, NaN, 1, 10]);
    assert.deepEqual(read({ '1e300': NaN }, '1e300,2'), [NaN, 2]);
  });

  test('empty fields stay fields where a blank separates columns', () => {
    for (const delimiter of ['\t', ' ', ','])
      assert.deepEqual(read({ '': NaN }, ['', '2', '', '4', ''].join(delimiter), delimiter), [
        NaN,
        2,
        NaN,
        4,
        NaN,
      ]);
    const three = csvCodec({ columns: 3, delimiter: '\t', label: 'none' });
    for (const row of ['1\t\t2\t3', '1\t2\t', '\t1\t2'])
      assert.throws(() => three.decode(record(row)), BadRecordError, JSON.stringify(row));
    assert.deepEqual([...three.decode(record(' 1 \t2 \t 3')).xs], [1, 2, 3]);
  });

  test('a label that is a mark is refused, and the message says that it is one', () => {
    const codec = csvCodec({ columns: 2, label: 1, missing: { '0': NaN } });
    assert.throws(() => codec.decode(record('1,0')), /label, holds "0", a mark of a missing value/);
  });

  test('what would be read as something else is not written', () => {
    const codec = csvCodec({ columns: 1, label: 'none', missing: { '-999': NaN } });
    assert.throws(() => codec.encode({ xs: [-999] }), /-999 is a mark of a missing value/);
    assert.throws(() => codec.encode({ xs: [1e300] }), /largest float32/);
    const short = csvCodec({ columns: 3, label: 'none', maxBytes: 8 });
    assert.throws(() => short.encode({ xs: [1000, 1000, 1000] }), /14 bytes, at most 8 are read/);
  });

  test('marks that contradict each other, or can be in no row, are refused', () => {
    const impossible: Record<string, number>[] = [
      { '0': NaN, '0.0': 1 },
      { 'x ': 1, x: 2 },
      { '\u0000': NaN },
      { '\ud800': NaN },
      { x: 1e300 },
    ];
    for (const missing of impossible)
      assert.throws(() => csvCodec({ columns: 2, missing }), InvalidOptionError);
    assert.throws(() => jsonCodec({ fields: ['a', 'b'], label: 'a' }), InvalidOptionError);
    assert.throws(() => jsonCodec({ fields: ['a', 'a'] }), InvalidOptionError);
  });
});
