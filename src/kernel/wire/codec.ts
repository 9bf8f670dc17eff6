/** Between the frames of a zeromq message and a Jupyter message. */
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { newHeader, type Header, type Json, type Message, type Outgoing } from './message.ts';
import type { Signer } from './signature.ts';

/** Bounds of an incoming message; more is refused. */
export const limits = {
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
export type Decoded = { readonly message: Message } | { readonly problem: string };

/**
 * Reads a message. Never throws, whatever the bytes are: a wrong, unsigned, oversized or repeated message comes back as
 * a `problem`.
 *
 * @see https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 */
export function decode(frames: readonly Uint8Array[], signer: Signer): Decoded {
  const at = frames.findIndex((frame) => delimiter.equals(frame));
  if (at < 0) return { problem: 'no delimiter' };
  if (at > limits.identities) return { problem: `${at} routing frames` };
  const size = frames.reduce((sum, frame) => sum + frame.byteLength, 0);
  if (size > limits.message || frames.some((frame) => frame.byteLength > limits.frame)) {
    return { problem: `oversized: ${size} bytes` };
  }
  const signature = frames[at + 1];
  const parts = frames.slice(at + 2, at + 6);
  if (!signature || parts.length < 4) return { problem: `truncated: ${parts.length} of 4 parts` };
  if (parts[0]!.byteLength > limits.header || parts[1]!.byteLength > limits.header) {
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
