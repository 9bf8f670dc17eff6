/** Comms as code in cells has them: opened by a cell, or by the front end to a target that a cell registered. */
import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { CommClosedError, CommContentError, CommTargetTakenError } from '../errors.ts';
import { Error, JSON, Map, Number, Promise, Set } from '../primordials.ts';
import {
  decodeBuffers,
  encodeBuffers,
  type CommContent,
  type CommEvent,
  type CommRequest,
} from './message.ts';

type Json = Readonly<Record<string, unknown>>;

/** A message of the front end. */
export interface CommMessage {
  readonly data: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

/** What may go with the data of a message. */
export interface CommSendOptions {
  readonly metadata?: Json;
  /** Bytes beside the JSON. */
  readonly buffers?: readonly Uint8Array[];
  /** The message of the front end that this is the answer to. */
  readonly answers?: CommMessage;
}

/** Called for a message; the front end counts it as dealt with when what is returned has settled. */
type CommHandler = (message: CommMessage) => unknown;

/** One open channel to the front end. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** False after either side has closed it. */
  readonly isOpen: boolean;
  /** @throws CommClosedError (`ST_KERNEL_COMM_CLOSED`), CommContentError (`ST_KERNEL_COMM_CONTENT`) */
  send(data: Json, options?: CommSendOptions): void;
  /** Called for each message, in order; what it prints comes under the cell that calls this. */
  onMessage(handler: CommHandler): void;
  /** Called when the front end closes it. */
  onClose(handler: CommHandler): void;
  close(data?: Json): void;
}

/** How long the front end waits for handlers of a message before it sends what it has gathered meanwhile, in ms. */
const patience = 500;

/** What {@link Comms} needs of the runner. */
interface CommsHost {
  /** Sends in the name of the caller's cell. */
  readonly send: (event: CommEvent) => void;
  /** A handler failed; called in the name of the cell that set it. */
  readonly failed: (error: unknown) => void;
  /** As it was before the first cell. */
  readonly setTimeout: (work: () => void, ms: number) => unknown;
}

/** All comms of this process. */
export class Comms {
  readonly #host: CommsHost;
  readonly #open = new Map<string, OpenComm>();
  readonly #targets = new Map<string, (comm: Comm, message: CommMessage) => unknown>();
  readonly #asked = new Set<string>();
  /** The number of a front end's message, while it may be answered. */
  readonly #numbers = new Map<CommMessage, number>();

  constructor(host: CommsHost) {
    this.#host = host;
  }

  /**
   * Opens a comm to a target that the front end knows, such as `jupyter.widget`. One that does not know it closes it.
   *
   * @throws CommContentError (`ST_KERNEL_COMM_CONTENT`) for data that are no JSON
   */
  open(target: string, data: Json = {}, options: CommSendOptions & { readonly id?: string } = {}): Comm {
    const content = contentOf(data, options);
    const comm = this.#add(options.id ?? randomUUID(), target);
    this.#host.send({ action: 'open', id: comm.id, target, ...content });
    return comm;
  }

  /**
   * Lets front ends open comms to `target`. What the handler prints comes under the cell that registers it.
   *
   * @returns takes it back
   * @throws CommTargetTakenError (`ST_KERNEL_COMM_TARGET_TAKEN`)
   */
  register(target: string, handler: (comm: Comm, message: CommMessage) => unknown): () => void {
    if (this.#targets.has(target)) throw new CommTargetTakenError({ target });
    const bound = AsyncResource.bind((comm: Comm, message: CommMessage) =>
      this.#guard(() => handler(comm, message)),
    );
    this.#targets.set(target, bound);
    this.#host.send({ action: 'register', target });
    return () => {
      if (this.#targets.get(target) !== bound) return;
      this.#targets.delete(target);
      this.#host.send({ action: 'unregister', target });
    };
  }

  /** Whether a front end has ever opened a comm to this target: it then knows what the target stands for. */
  wasAsked(target: string): boolean {
    return this.#asked.has(target);
  }

  /** A message of the front end. */
  received(request: CommRequest): void {
    this.#asked.add(request.target);
    if (request.action === 'asked') return;
    const { data, metadata = {}, buffers } = request;
    const message: CommMessage = { data, metadata, buffers: decodeBuffers(buffers) };
    this.#numbers.set(message, request.message);
    const over = () => {
      if (!this.#numbers.delete(message)) return;
      this.#host.send({ action: 'handled', message: request.message });
    };
    this.#host.setTimeout(over, patience);
    void Promise.all(this.#dispatch(request, message)).then(over);
  }

  #dispatch({ action, id, target }: Exclude<CommRequest, { action: 'asked' }>, message: CommMessage) {
    if (action === 'open') {
      const handler = this.#targets.get(target);
      const comm = this.#add(id, target);
      if (handler) return [handler(comm, message)];
      comm.close(); // It was taken back meanwhile.
      return [];
    }
    const comm = this.#open.get(id);
    if (!comm) return []; // It has just been closed by the cell.
    if (action === 'close') {
      this.#open.delete(id);
      return comm.closed(message);
    }
    return comm.received(message);
  }

  #add(id: string, target: string): OpenComm {
    const comm = new OpenComm(id, target, {
      send: (action, data, options) => {
        const number = options.answers && this.#numbers.get(options.answers);
        const answers = number === undefined ? {} : { answers: number };
        this.#host.send({ action, id, ...answers, ...contentOf(data, options) });
        if (action === 'close') this.#open.delete(id);
      },
      guard: (work) => this.#guard(work),
    });
    this.#open.set(id, comm);
    return comm;
  }

  /** Never rejects. */
  async #guard(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#host.failed(error);
    }
  }
}

interface CommEnd {
  readonly send: (action: 'message' | 'close', data: Json, options: CommSendOptions) => void;
  readonly guard: (work: () => unknown) => Promise<void>;
}

type Bound = (message: CommMessage) => Promise<void>;

class OpenComm implements Comm {
  readonly id: string;
  readonly target: string;
  isOpen = true;
  readonly #end: CommEnd;
  readonly #messageHandlers: Bound[] = [];
  readonly #closeHandlers: Bound[] = [];

  constructor(id: string, target: string, end: CommEnd) {
    this.id = id;
    this.target = target;
    this.#end = end;
  }

  send(data: Json, options: CommSendOptions = {}): void {
    if (!this.isOpen) throw new CommClosedError({ target: this.target });
    this.#end.send('message', data, options);
  }

  onMessage(handler: CommHandler): void {
    this.#messageHandlers.push(this.#bound(handler));
  }

  onClose(handler: CommHandler): void {
    this.#closeHandlers.push(this.#bound(handler));
  }

  close(data: Json = {}): void {
    if (!this.isOpen) return;
    this.#end.send('close', data, {});
    this.isOpen = false;
  }

  /** Whatever handlers there are have the message. */
  received(message: CommMessage): Promise<void>[] {
    return this.#messageHandlers.map((handler) => handler(message));
  }

  closed(message: CommMessage): Promise<void>[] {
    this.isOpen = false;
    return this.#closeHandlers.map((handler) => handler(message));
  }

  #bound(handler: CommHandler): Bound {
    return AsyncResource.bind((message: CommMessage) => this.#end.guard(() => handler(message)));
  }
}

/** The content for the pipe, refused here where it is no JSON: the caller still knows what it was. */
function contentOf(data: Json, { metadata, buffers }: CommSendOptions): CommContent {
  try {
    const content = { data, ...(metadata && { metadata }) };
    const copy = JSON.parse(JSON.stringify(content, finite)) as CommContent;
    return buffers && buffers.length > 0 ? { ...copy, buffers: encodeBuffers(buffers) } : copy;
  } catch (error) {
    throw new CommContentError({ cause: error });
  }
}

/** JSON has no NaN and would say `null`. */
function finite(name: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${name} is ${value}`);
  return value;
}
