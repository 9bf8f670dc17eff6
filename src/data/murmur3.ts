/** MurmurHash3 of a text: where hashed features go. */

const encoder = new TextEncoder();

/**
 * MurmurHash3 for 32 bits (Austin Appleby, 2011, public domain) of a text's UTF-8 bytes; the same number as
 * scikit-learn's `murmurhash3_32`. Spreads well and is quick; not for secrets.
 *
 * @param seed an integer from 0 to 2^32 - 1
 * @returns a signed 32-bit integer
 * @example
 * ```ts
 * murmur3('good friends', 0); // -934508984
 * ```
 */
export function murmur3(text: string, seed: number): number {
  const bytes = encoder.encode(text);
  const whole = bytes.length & ~3;
  let hash = seed | 0;
  for (let at = 0; at < whole; at += 4) {
    const block = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash ^= scrambled(block);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | bytes[at]!;
  hash ^= scrambled(rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function scrambled(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
