/** Jupyter messages: what they are, their signatures, and their form as the frames of a zeromq message. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';

/** The version of the messaging protocol. */
export const protocolVersion = '5.4';

/** Who sent a message, and what it is. */
export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

/** A JSON object. */
type Json = Readonly<Record<string, unknown>>;

/** A message as it came in. */
export interface Message {
  /** Routing prefix of the client, to be put before the reply. */
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly parent: Partial<Header>;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Uint8Array[];
}

/** A message on its way out. */
export interface Outgoing {
  readonly type: string;
  readonly content: Json;
  /** Header of the request that this belongs to. */
  readonly parent?: Partial<Header> | undefined;
  readonly identities?: readonly Uint8Array[];
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

/** Bounds of an incoming message; more is refused. */
export const messageLimits = {
  /** Bytes of one frame. */
  frame: 64 * 1024 * 1024,
  /** Bytes of all frames. */
  message: 256 * 1024 * 1024,
  /** Bytes of the header, and of the parent's. */
  header: 64 * 1024,
  /** Routing frames before the delimiter. */
  identities: 16,
} as const;

const delimiter = Buffer.from('<IDS|MSG>');
const text = z.string().max(4096);
const header = z.looseObject({
  msg_id: text.min(1),
  msg_type: text.regex(/^[a-z_]+$/),
  session: text.default(''),
  username: text.default(''),
  date: text.default(''),
  version: text.default('5.0'),
});
const object = z.record(z.string(), z.unknown());
const parent = z.looseObject({ msg_id: text.optional(), msg_type: text.optional() });

/** A message, or why there is none. */
type Decoded = { readonly message: Message } | { readonly problem: string };

/**
 * Reads a message. Never throws, whatever the bytes are: a wrong, unsigned, oversized or repeated message comes back as
 * a `problem`.
 *
 * @see https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 */
export function decode(frames: readonly Uint8Array[], signer: Signer): Decoded {
  const at = frames.findIndex((frame) => delimiter.equals(frame));
  if (at < 0) return { problem: 'no delimiter' };
  if (at > messageLimits.identities) return { problem: `${at} routing frames` };
  const size = frames.reduce((sum, frame) => sum + frame.byteLength, 0);
  if (size > messageLimits.message || frames.some((frame) => frame.byteLength > messageLimits.frame)) {
    return { problem: `oversized: ${size} bytes` };
  }
  const signature = frames[at + 1];
  const parts = frames.slice(at + 2, at + 6);
  if (!signature || parts.length < 4) return { problem: `truncated: ${parts.length} of 4 parts` };
  if (parts[0]!.byteLength > messageLimits.header || parts[1]!.byteLength > messageLimits.header) {
    return { problem: 'oversized header' };
  }
  // Buffers are not signed: the protocol leaves them out.
  const wrong = signer.problemWith(Buffer.from(signature).toString('latin1'), parts);
  if (wrong) return { problem: wrong };
  try {
    const [head, above, metadata, content] = parts.map(
      (part) => JSON.parse(Buffer.from(part).toString('utf8')) as unknown,
    );
    return {
      message: {
        identities: frames.slice(0, at),
        header: header.parse(head),
        parent: parent.parse(above),
        metadata: object.parse(metadata),
        content: object.parse(content),
        buffers: frames.slice(at + 6),
      },
    };
  } catch (error) {
    return { problem: `malformed: ${messageOf(error).replace(/\s+/g, ' ').slice(0, 200)}` };
  }
}

/** The frames of a message of `session`. */
export function encode(outgoing: Outgoing, session: string, signer: Signer): Uint8Array[] {
  const parts = [
    newHeader(outgoing.type, session),
    outgoing.parent ?? {},
    outgoing.metadata ?? {},
    outgoing.content,
  ].map((part: Json | Partial<Header>) => Buffer.from(JSON.stringify(part)));
  return [
    ...(outgoing.identities ?? []),
    delimiter,
    Buffer.from(signer.sign(parts)),
    ...parts,
    ...(outgoing.buffers ?? []),
  ];
}

/** A fresh header of a message sent by `session`. */
function newHeader(type: string, session: string): Header {
  return {
    msg_id: randomUUID(),
    session,
    username: 'kernel',
    date: new Date().toISOString(),
    msg_type: type,
    version: protocolVersion,
  };
}

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

  /** The signature in lower-case hex. */
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
