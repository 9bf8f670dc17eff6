/** Whatever is written, the CSV codec reads what a reference CSV parser reads, and it never crashes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvCodec } from '../../../src/kafka/codec/csv.ts';
import { BadRecordError } from '../../../src/kafka/codec/errors.ts';
import { jsonCodec } from '../../../src/kafka/codec/json.ts';
import { packedCodec } from '../../../src/kafka/codec/raw.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';

function record(value: Buffer, key: Buffer | null = null): KafkaRecord {
  return { topic: 't', partition: 0, offset: 0, timestamp: 0, key, value, headers: {} };
}

/** Texts of numbers as they are met: integers, long and short decimals, exponents, every kind of float as it is written. */
const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, min: -3e38, max: 3e38 }).map(String),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ noNaN: true, min: -1e21, max: 1e21 }).map((value) => String((value * 1e3) % 1e21)),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value.toFixed(6)),
  fc.double({ noNaN: true, min: -1e30, max: 1e30 }).map((value) => value.toExponential()),
  fc
    .tuple(
      fc.constantFrom('', '+', '-'),
      fc.stringMatching(/^\d{0,25}$/),
      fc.stringMatching(/^\d{1,25}$/),
      fc.option(fc.integer({ min: -60, max: 30 })),
    )
    .map(([sign, whole, part, power]) => `${sign}${whole}.${part}${power === null ? '' : `E${power}`}`)
    .filter((text) => Math.abs(Number(text)) < 3e38),
);

/** A number with what CSV allows around it. */
const field = fc
  .tuple(
    fc.oneof({ weight: 9, arbitrary: numberText }, { weight: 1, arbitrary: fc.constant('?') }),
    fc.boolean(),
    fc.stringMatching(/^ {0,3}$/),
    fc.stringMatching(/^ {0,3}$/),
  )
  .map(([text, quoted, before, after]) => `${before}${quoted ? `"${text}"` : text}${after}`);

const row = fc
  .tuple(fc.array(field, { minLength: 1, maxLength: 20 }), fc.constantFrom('', '\n', '\r\n'))
  .map(([fields, end]) => fields.join(',') + end);

/** Any text over the characters that matter to CSV. */
const almostCsv = fc
  .tuple(
    fc.array(fc.constantFrom('"', '""', ',', ' ', '?', '1', '-2.5', '3e2', 'x', '.'), { maxLength: 24 }),
    fc.constantFrom('', '\n', '\r\n'),
  )
  .map(([parts, end]) => parts.join('') + end);

/** What csv-parse makes of one record; undefined when it refuses, or sees several. */
function reference(text: string): number[] | undefined {
  let rows: string[][];
  try {
    rows = parse(text, { trim: true, relax_column_count: true, record_delimiter: ['\n', '\r\n'] });
  } catch {
    return undefined;
  }
  const fields = rows.length === 1 ? rows[0]! : undefined;
  if (!fields) return undefined;
  const numbers = fields.map((part) =>
    part.trim() === '?' ? NaN : part.trim() === '' ? undefined : Number(part),
  );
  const good = numbers.every(
    (value, i) => value !== undefined && (Number.isFinite(Math.fround(value)) || fields[i]!.trim() === '?'),
  );
  return good ? numbers.map((value) => Math.fround(value!)) : undefined;
}

describe('csvCodec against csv-parse', () => {
  test('every well-formed row gives the same float32, bit for bit', () => {
    fc.assert(
      fc.property(row, (text) => {
        const expected = reference(text);
        assert.ok(expected, `the reference refuses ${JSON.stringify(text)}`);
        const { decode } = csvCodec({ columns: expected.length, label: 'none', missing: { '?': NaN } });
        assert.deepEqual(
          Float32Array.from(decode(record(Buffer.from(text))).xs),
          Float32Array.from(expected),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  test('takes exactly the rows the reference takes, also among rows that are almost CSV', () => {
    let taken = 0;
    fc.assert(
      fc.property(almostCsv, (text) => {
        const expected = reference(text);
        const columns = expected?.length ?? 1;
        let found: Float32Array | undefined;
        try {
          const codec = csvCodec({ columns, label: 'none', missing: { '?': NaN } });
          found = Float32Array.from(codec.decode(record(Buffer.from(text))).xs);
        } catch (error) {
          assert.ok(error instanceof BadRecordError, String(error));
        }
        assert.deepEqual(found, expected && Float32Array.from(expected), JSON.stringify(text));
        if (found) taken++;
      }),
      { numRuns: 5_000 },
    );
    assert.ok(taken > 100, `only ${taken} rows were good: the generator tests nothing`);
  });

  test('a written row reads back as the same row', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, maxLength: 20, noDefaultInfinity: true }), (xs) => {
        const codec = csvCodec({ columns: xs.length, label: 'none', missing: { '?': NaN } });
        assert.deepEqual(codec.decode(record(Buffer.from(codec.encode({ xs })))).xs, xs);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('fuzz', () => {
  const codecs = {
    csv: csvCodec({ columns: 3, missing: { '?': NaN, none: 0 } }),
    json: jsonCodec({ fields: ['a', 'b'], label: 'y' }),
    packed: packedCodec({ columns: 2 }),
  };
  const soup = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text)),
    almostCsv.map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
  );

  test('random bytes as value and key give finite numbers or a BadRecordError, never anything else', () => {
    fc.assert(
      fc.property(soup, fc.option(soup), (value, key) => {
        for (const [name, codec] of Object.entries(codecs)) {
          const xs = new Float32Array(codec.features * 3).fill(-7);
          const ys = new Float32Array(3);
          try {
            codec.decodeInto(record(Buffer.from(value), key && Buffer.from(key)), xs, 1, ys);
            assert.ok(Number.isFinite(ys[1]), name);
          } catch (error) {
            assert.ok(error instanceof BadRecordError, `${name}: ${String(error)}`);
          }
          // Neighbouring rows are never touched.
          assert.ok(
            xs.slice(0, codec.features).every((cell) => cell === -7),
            name,
          );
          assert.ok(
            xs.slice(codec.features * 2).every((cell) => cell === -7),
            name,
          );
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
