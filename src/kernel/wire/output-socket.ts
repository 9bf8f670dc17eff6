/** The broadcast socket: nothing is dropped while clients read, and one that does not read cannot stop the others. */
import type { XPublisher } from 'zeromq';

/** How long a client that does not read holds up the output, in ms. */
const patience = 10_000;

/** Sends in order, one after the other. */
export class OutputSocket {
  readonly #socket: XPublisher;
  readonly #log: (line: string) => void;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(socket: XPublisher, log: (line: string) => void) {
    this.#socket = socket;
    this.#log = log;
  }

  /** Messages that are not with zeromq yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Settles when zeromq has the message. Never rejects. */
  send(frames: Uint8Array[]): Promise<void> {
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#deliver(frames)).finally(() => (this.#waiting -= 1));
    return this.#last;
  }

  /** Settles when zeromq has everything sent so far. */
  flushed(): Promise<void> {
    return this.#last;
  }

  async #deliver(frames: Uint8Array[]): Promise<void> {
    try {
      await this.#socket.send(frames);
    } catch {
      if (this.#socket.closed) return;
      this.#log(`a client has not read for ${patience / 1000} s: output is dropped for it`);
      this.#socket.noDrop = false;
      await this.#socket.send(frames).catch(() => undefined);
      this.#socket.noDrop = true;
    }
  }

  /** Bounds of the socket, set before it is bound: messages held for one client, and the wait for it. */
  static readonly options = { noDrop: true, sendHighWaterMark: 100, sendTimeout: patience } as const;
}
