/** CRC-32C (Castagnoli), the checksum of Kafka's record batches. */

const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** `TABLES[slice * 256 + byte]`, so that eight bytes are taken at a time. */
const TABLES = makeTables();

/**
 * The checksum of `bytes[start, end)`, as a signed 32-bit number.
 *
 * Slicing-by-8: Kounavis and Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC Generation", 2008.
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = TABLES;
  let crc = -1;
  let at = start;
  for (const last = end - 7; at < last; at += 8) {
    const one = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t[1792 + (one & 255)]! ^
      t[1536 + ((one >>> 8) & 255)]! ^
      t[1280 + ((one >>> 16) & 255)]! ^
      t[1024 + (one >>> 24)]! ^
      t[768 + bytes[at + 4]!]! ^
      t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = t[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = tables[before & 255]! ^ (before >>> 8);
  }
  return tables;
}
