/** The codecs for bytes: as they are, or as packed numbers. */
import { z } from 'zod';
import { checkFeatures, codecOf, codecOptions, isReadable, labelFromKey, shown, valueOf } from './codec.ts';
import type { Codec, Decoder, EncodableRow } from './codec.ts';
import { EncodeRowError, badRecord } from './errors.ts';
import type { RowValues } from '../../finite.ts';
import type { KafkaRecord } from '../record.ts';

/** A record's bytes, copied out of the client's buffers so that they are safe to keep. */
export interface RawRow {
  key: Uint8Array | null;
  value: Uint8Array;
}

/** Options of {@link rawCodec}. */
export interface RawCodecOptions {
  /** Longest value accepted, in bytes. Default: no limit. */
  maxBytes?: number;
}

const rawOptions = z.strictObject({ maxBytes: z.int().positive().optional() });

/**
 * Hands a record's bytes over unchanged. Throws `BadRecordError` for a null value or one that is over-long.
 *
 * @example
 * ```ts
 * const images = fromKafka('pictures').map(rawCodec().decode); // {key, value: Uint8Array}
 * ```
 */
export function rawCodec(options: RawCodecOptions = {}): Decoder<RawRow> {
  const { maxBytes = Infinity } = codecOptions('rawCodec', rawOptions, options);
  return {
    decode: (record) => {
      const value = valueOf(record, maxBytes);
      return { key: record.key === null ? null : Uint8Array.from(record.key), value: Uint8Array.from(value) };
    },
  };
}

/** Options of {@link packedCodec}. */
export interface PackedCodecOptions {
  /** How many numbers a value holds. */
  columns: number;
  /** How each is stored, little-endian. Default `'float32'`. */
  dtype?: 'float32' | 'float64' | 'int32' | 'uint8';
  /** `'key'` (default): the record's key as text; `'none'`: `ys` is NaN. */
  label?: 'key' | 'none';
}

const optionsSchema = z.strictObject({
  columns: z.int().positive(),
  dtype: z.enum(['float32', 'float64', 'int32', 'uint8']).default('float32'),
  label: z.enum(['key', 'none']).default('key'),
});

const width = { float32: 4, float64: 8, int32: 4, uint8: 1 } as const;

/**
 * A codec for values that are packed numbers, as `Buffer.from(float32Array.buffer)` writes them. A value of another
 * length is a bad record (`column-count`); NaN and infinities are refused (`not-finite`). `encode` gives bytes.
 *
 * @example
 * ```ts
 * const codec = packedCodec({ columns: 784, dtype: 'uint8' });
 * ```
 */
export function packedCodec(options: PackedCodecOptions): Codec<Buffer> {
  const { columns, dtype, label } = codecOptions('packedCodec', optionsSchema, options);
  const bytes = columns * width[dtype];

  function read(record: KafkaRecord, xs: RowValues, at: number): number {
    const value = valueOf(record);
    if (value.length === 0) throw badRecord(record, 'empty', 'the value holds nothing (0 bytes)');
    if (value.length !== bytes)
      throw badRecord(
        record,
        'column-count',
        `expected ${columns} ${dtype} in ${bytes} bytes, found ${value.length} bytes`,
      );
    for (let column = 0; column < columns; column++) {
      const number = readNumber(value, dtype, column);
      if (!Number.isFinite(Math.fround(number)))
        throw badRecord(record, 'not-finite', `column ${column + 1} holds ${number}`);
      xs[at + column] = number;
    }
    return label === 'key' ? labelFromKey(record) : NaN;
  }

  function encode(row: EncodableRow): Buffer {
    checkFeatures('packedCodec', row, columns);
    const packed = Buffer.alloc(bytes);
    for (let column = 0; column < columns; column++) writeNumber(packed, dtype, column, row.xs[column]!);
    return packed;
  }

  return codecOf(columns, read, encode);
}

type Dtype = keyof typeof width;

function readNumber(bytes: Buffer, dtype: Dtype, column: number): number {
  if (dtype === 'uint8') return bytes[column]!;
  const at = column * width[dtype];
  if (dtype === 'float32') return bytes.readFloatLE(at);
  return dtype === 'float64' ? bytes.readDoubleLE(at) : bytes.readInt32LE(at);
}

function writeNumber(bytes: Buffer, dtype: Dtype, column: number, value: number): void {
  const range = { uint8: [0, 255], int32: [-(2 ** 31), 2 ** 31 - 1] } as const;
  const limits = dtype === 'uint8' || dtype === 'int32' ? range[dtype] : undefined;
  if (!isReadable(value) || (limits && (!Number.isInteger(value) || value < limits[0] || value > limits[1])))
    throw new EncodeRowError({
      codec: 'packedCodec',
      problem: `column ${column + 1} is ${shown(value)}, which ${dtype} cannot hold`,
    });
  const at = column * width[dtype];
  if (dtype === 'uint8') bytes[column] = value;
  else if (dtype === 'float32') bytes.writeFloatLE(value, at);
  else if (dtype === 'float64') bytes.writeDoubleLE(value, at);
  else bytes.writeInt32LE(value, at);
}
