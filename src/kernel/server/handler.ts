/** What a handler of one message type is, and what it may use of the kernel. */
import type { Dialect } from '../contracts.ts';
import type { Connection } from '../wire/connection.ts';
import type { Message } from '../wire/codec.ts';
import type { RequestChannel, Wire } from '../wire/sockets.ts';
import type { CommRelay } from './comm-relay.ts';
import type { Debugging } from './debug-relay.ts';
import type { History } from './history.ts';
import type { LanguageClient } from './language-client.ts';

/** The parts of the kernel that requests are about. */
export interface KernelParts {
  readonly connection: Connection;
  readonly dialect: Dialect;
  readonly wire: Wire;
  readonly language: LanguageClient;
  readonly history: History;
  readonly comms: CommRelay;
  readonly debugging: Debugging;
  /** One line for the kernel's log. */
  readonly log: (line: string) => void;
  /** The user wants the running cell to stop. */
  interrupt(): void;
  /** Ends the cells' process. */
  close(): Promise<void>;
}

/** Answers one request. Busy is published before, idle after; what it throws becomes an error reply. */
export type Handler = (
  kernel: KernelParts,
  request: Message,
  channel: RequestChannel,
) => Promise<void> | void;

/** Handlers by message type. */
export type Handlers = Readonly<Record<string, Handler>>;
