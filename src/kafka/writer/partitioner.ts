/** Chooses the partition of a record by its key, the way Kafka's Java clients do. */

/**
 * MurmurHash2 as Kafka's Java client computes it, as a signed 32-bit number.
 *
 * Algorithm: Austin Appleby, MurmurHash2; constants and seed as in `org.apache.kafka.common.utils.Utils.murmur2`.
 */
export function murmur2(bytes: Uint8Array): number {
  const M = 0x5bd1e995;
  const { length } = bytes;
  let hash = 0x9747b28c ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const left = length - at;
  if (left >= 3) hash ^= bytes[at + 2]! << 16;
  if (left >= 2) hash ^= bytes[at + 1]! << 8;
  if (left >= 1) hash = Math.imul(hash ^ bytes[at]!, M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/**
 * The partition a Java producer would take for this key: records with the same key stay together, also when
 * programs in different languages write.
 *
 * @example
 * ```ts run
 * partitionOfKey('patient-7', 4); // 1
 * ```
 */
export function partitionOfKey(key: string | Uint8Array, partitions: number): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  return (murmur2(bytes) & 0x7fffffff) % partitions;
}

const REMEMBERED_KEYS = 4096;

/** Chooses partitions for one topic; remembers the keys it has seen, for they are often few (labels, sensors). */
export class Partitioner {
  readonly #partitions: number;
  readonly #seen = new Map<string, number>();
  #sticky: number;

  constructor(partitions: number, start = Math.floor(Math.random() * partitions)) {
    this.#partitions = partitions;
    this.#sticky = start % partitions;
  }

  /** By key; records without one go to the same partition until {@link Partitioner.nextSticky}. */
  choose(key: string | Uint8Array | null): number {
    if (this.#partitions === 1) return 0;
    if (key === null) return this.#sticky;
    if (typeof key !== 'string') return partitionOfKey(key, this.#partitions);
    let partition = this.#seen.get(key);
    if (partition === undefined) {
      if (this.#seen.size >= REMEMBERED_KEYS) this.#seen.clear();
      partition = partitionOfKey(key, this.#partitions);
      this.#seen.set(key, partition);
    }
    return partition;
  }

  /** Called when a batch for `partition` is full: keyless records then go to the next one (KIP-480). */
  nextSticky(partition: number): void {
    if (partition === this.#sticky) this.#sticky = (this.#sticky + 1) % this.#partitions;
  }
}
