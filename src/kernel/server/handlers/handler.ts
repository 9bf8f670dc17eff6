/** What a handler of one message type is. */
import type { Message, RequestChannel } from '../../wire/index.ts';
import type { Kernel } from '../kernel.ts';

/** Answers one request. Busy is told before, idle after; what it throws becomes an error reply. */
export type Handler = (kernel: Kernel, request: Message, channel: RequestChannel) => Promise<void> | void;
