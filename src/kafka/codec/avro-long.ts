/**
 * Avro's long as a number that is exact, or refused. That of `avsc` 5.7.9 reads some beyond 2^52 wrongly, their sign, too
 * (-8137349617441711 as 8137349617441710), and rounds those it reads as float or double.
 */
import { avro, type AvroType } from '../registry/schemas.ts';

/** Thrown for a long beyond 2^53 in a field that is read; one that is passed over does no harm. */
export class LongBeyond extends Error {
  constructor() {
    super('a long beyond 2^53');
  }
}

/** A type of its own at every call, so that two fields' logical types are kept apart. */
export function exactLong(): AvroType {
  const { LongType } = avro().types;
  const methods = {
    ...{ fromBuffer, toBuffer, isValid: Number.isSafeInteger },
    fromJSON: (value: number): number => value,
    toJSON: (value: number): number => value,
    compare: (one: number, other: number): number => Math.sign(one - other),
  };
  return LongType.__with(methods, true);
}

/** The number of a zigzag varint, of 10 bytes at most. Its lowest bit is the sign's; the rest stands for 0, 1, 2, ... or -1, -2, -3, ... */
function fromBuffer(bytes: Buffer): number {
  const { length } = bytes;
  let low = 0;
  for (let i = Math.min(length, 4) - 1; i >= 0; i--) low = (low << 7) | (bytes[i]! & 0x7f);
  let high = 0;
  for (let i = length - 1; i >= 4; i--) high = high * 128 + (bytes[i]! & 0x7f);
  // Exact up to 2^53: the product is one by a power of two.
  const size = high * 2 ** 27 + (low >>> 1);
  if (size > Number.MAX_SAFE_INTEGER || ((low & 1) === 1 && size === Number.MAX_SAFE_INTEGER))
    throw new LongBeyond();
  return (low & 1) === 0 ? size : -size - 1;
}

function toBuffer(value: number): Buffer {
  const isNegative = value < 0;
  const size = isNegative ? -value - 1 : value;
  const bytes = [((size % 64) << 1) | Number(isNegative)];
  for (let rest = Math.floor(size / 64); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(rest % 128);
  }
  return Buffer.from(bytes);
}
