/** What a Jupyter message is. */
import { randomUUID } from 'node:crypto';

/** The version of the messaging protocol that is spoken. */
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
export type Json = Readonly<Record<string, unknown>>;

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

/** A fresh header of a message sent by `session`. */
export function newHeader(type: string, session: string): Header {
  return {
    msg_id: randomUUID(),
    session,
    username: 'kernel',
    date: new Date().toISOString(),
    msg_type: type,
    version: protocolVersion,
  };
}
