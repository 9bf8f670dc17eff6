/** The broadcast socket: nothing is dropped while clients read, and one that does not read cannot stop the others. */
import type { XPublisher } from 'zeromq';
import { backOffMs, pause } from '../../process/waiting.ts';

/** How long a client that does not read holds up the output, in ms. */
const patienceMs = 10_000;
/** The pauses between two offers of a message. */
const waits = { first: 1, longest: 20 };

/** While output is dropped for a client, so long (ms) before each message: its queue is full, those of the others must not become so. */
const pace = 5;

/** Sends in order, one after the other. */
export class OutputSocket {
  readonly #socket: XPublisher;
  readonly #log: (line: string) => void;
  readonly #patience: number;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** A client has not read for the time it is given, and nothing says that it reads again. */
  #isDropping = false;

  constructor(
    socket: XPublisher,
    log: (line: string) => void,
    { patience = patienceMs }: { patience?: number } = {},
  ) {
    this.#socket = socket;
    this.#log = log;
    this.#patience = patience;
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

  /**
   * zeromq refuses a message at once while a client's queue is full (`send` of an XPUB does not wait, whatever its
   * `sendTimeout`), so it is offered again until there is room.
   */
  async #deliver(frames: Uint8Array[]): Promise<void> {
    const started = performance.now();
    for (let refused = 1; !(await this.#offer(frames)); refused++) {
      if (this.#socket.closed) return;
      if (this.#isDropping) await pause(pace);
      if (this.#isDropping || performance.now() - started > this.#patience) return this.#drop(frames);
      await pause(backOffMs(waits, refused));
    }
    this.#isDropping = false;
  }

  /** `false`: a client's queue is full, or the socket is closed. */
  async #offer(frames: Uint8Array[]): Promise<boolean> {
    try {
      await this.#socket.send(frames);
      return true;
    } catch {
      return false;
    }
  }

  /** For the client whose queue is full; the others get it. */
  async #drop(frames: Uint8Array[]): Promise<void> {
    if (!this.#isDropping)
      this.#log(
        `a client has not read for ${this.#patience / 1000} s: output is dropped for it until it reads`,
      );
    this.#isDropping = true;
    this.#socket.noDrop = false;
    await this.#offer(frames);
    this.#socket.noDrop = true;
  }

  /** Bounds of the socket, set before it is bound: messages held for one client. */
  static readonly options = { noDrop: true, sendHighWaterMark: 100 } as const;
}
