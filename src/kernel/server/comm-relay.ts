/** Comms between the clients and the cells' process: who may open them, which are open, and their messages both ways. */
import {
  decodeBuffers,
  encodeBuffers,
  type CommContent,
  type CommEvent,
  type CommRequest,
} from '../comms/message.ts';
import type { RunnerRequest } from '../runner/protocol.ts';
import type { Header, Message, Outgoing } from '../wire/codec.ts';

type Parent = Partial<Header> | undefined;

/** Knows the comms of the cells' process, so that clients have their answers while that is busy. */
export class CommRelay {
  readonly #output: { relay(outgoing: Outgoing): void };
  readonly #runner: { send(request: RunnerRequest): void };
  readonly #targets = new Set<string>();
  /** The target of each open comm. */
  readonly #open = new Map<string, string>();
  /** Targets that clients know; a fresh process of the cells gets them, too. */
  readonly #asked = new Set<string>();
  /** Messages that cells have not dealt with. */
  readonly #pending = new Map<number, { readonly header: Header; readonly over: () => void }>();
  #lastMessage = 0;

  /** @param runner where the cells are */
  constructor(output: { relay(outgoing: Outgoing): void }, runner: { send(request: RunnerRequest): void }) {
    this.#output = output;
    this.#runner = runner;
  }

  /** The open comms, all or of one target. */
  list(target?: string): Readonly<Record<string, { readonly target_name: string }>> {
    const chosen = [...this.#open].filter(([, each]) => target === undefined || each === target);
    return Object.fromEntries(chosen.map(([id, target_name]) => [id, { target_name }]));
  }

  /** A client opens a comm: as the protocol asks for, one to a target that nobody knows is closed at once. */
  async opened(id: string, target: string, request: Message): Promise<void> {
    if (!this.#targets.has(target)) {
      if (!this.#asked.has(target)) this.#send({ action: 'asked', target });
      this.#asked.add(target);
      return this.#output.relay({
        type: 'comm_close',
        content: { comm_id: id, data: {} },
        parent: request.header,
      });
    }
    this.#asked.add(target);
    this.#open.set(id, target);
    await this.#pass('open', id, target, request);
  }

  /** A message of a client for the cells; settles when they have dealt with it, or have had time for it. */
  async received(action: 'message' | 'close', id: string, request: Message): Promise<void> {
    const target = this.#open.get(id);
    if (target === undefined) return; // It has just been closed, or never was open here.
    if (action === 'close') this.#open.delete(id);
    await this.#pass(action, id, target, request);
  }

  /** A comm of the cells: `parent` is the request of the cell. */
  happened(event: CommEvent, parent: Parent): void {
    switch (event.action) {
      case 'register':
        return void this.#targets.add(event.target);
      case 'unregister':
        return void this.#targets.delete(event.target);
      case 'handled':
        return this.#pending.get(event.message)?.over();
      case 'open': {
        this.#open.set(event.id, event.target);
        const more = { target_name: event.target, target_module: null };
        return this.#publish('comm_open', event, parent, more);
      }
      case 'message':
        return this.#publish('comm_msg', event, this.#parentOf(event, parent));
      case 'close':
        this.#open.delete(event.id);
        return this.#publish('comm_close', event, this.#parentOf(event, parent));
    }
  }

  /** The process of the cells ended, and its comms with it. */
  runnerEnded(): void {
    for (const id of this.#open.keys()) this.#publish('comm_close', { id, data: {} }, undefined);
    for (const { over } of this.#pending.values()) over();
    this.#open.clear();
    this.#targets.clear();
    for (const target of this.#asked) this.#send({ action: 'asked', target });
  }

  #parentOf(event: { readonly answers?: number }, parent: Parent): Parent {
    const answered = event.answers === undefined ? undefined : this.#pending.get(event.answers);
    return answered?.header ?? parent;
  }

  #publish(
    type: string,
    { id, data, metadata, buffers }: CommContent & { readonly id: string },
    parent: Parent,
    more: object = {},
  ): void {
    this.#output.relay({
      type,
      content: { comm_id: id, ...more, data },
      parent,
      ...(metadata && { metadata }),
      ...(buffers && { buffers: decodeBuffers(buffers) }),
    });
  }

  #pass(action: 'open' | 'message' | 'close', id: string, target: string, request: Message): Promise<void> {
    this.#lastMessage += 1;
    const message = this.#lastMessage;
    const { header, metadata, content, buffers } = request;
    return new Promise((resolve) => {
      const over = () => {
        this.#pending.delete(message);
        resolve();
      };
      this.#pending.set(message, { header, over });
      const data = (content['data'] ?? {}) as CommContent['data'];
      const bytes = encodeBuffers(buffers.map((buffer) => Uint8Array.from(buffer)));
      this.#send({ action, message, id, target, data, metadata, buffers: bytes });
    });
  }

  #send(comm: CommRequest): void {
    this.#runner.send({ type: 'comm', comm });
  }
}
