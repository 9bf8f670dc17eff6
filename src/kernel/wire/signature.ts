/** Signs messages, and tells signed ones from forged and repeated ones. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How many signatures are remembered against replay; jupyter_client remembers as many. */
const remembered = 65_536;

/** Signs and checks with one key. */
export class Signer {
  readonly #key: string;
  readonly #hash: string;
  readonly #seen = new Set<string>();

  /**
   * @param key shared secret; empty: nothing is signed or checked
   * @param hash such as `sha256`
   * @throws when Node does not know the hash
   */
  constructor(key: string, hash = 'sha256') {
    this.#key = key;
    this.#hash = hash;
    if (key) createHmac(hash, key);
  }

  /** The signature, in lower-case hex. */
  sign(parts: readonly Uint8Array[]): string {
    if (!this.#key) return '';
    const hmac = createHmac(this.#hash, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }

  /** What is wrong with the signature, if anything. A right one is right only once. */
  problemWith(signature: string, parts: readonly Uint8Array[]): string | undefined {
    if (!this.#key) return undefined;
    if (signature === '') return 'unsigned';
    const expected = Buffer.from(this.sign(parts));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'wrong signature';
    if (this.#seen.has(signature)) return 'replayed';
    this.#seen.add(signature);
    if (this.#seen.size > remembered) {
      const [oldest] = this.#seen;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return undefined;
  }
}
