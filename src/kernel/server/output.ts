/** What cells print and show, on its way to the clients: gathered to few messages, held back when clients are slow. */
import type { DisplayBundle } from '../contracts.ts';
import type { Header, Wire } from '../wire/index.ts';

/** Text is sent after so many ms, or as soon as there is so much of it. */
const gather = { ms: 12, characters: 64 * 1024 } as const;

/** With so many messages waiting for the clients, no more is read from the runner. */
const crowd = 16;

/** Who gets an output. */
export interface Audience {
  readonly parent: Partial<Header>;
  /** A silent run shows nothing. */
  readonly silent: boolean;
}

/** The way of outputs. */
export class Output {
  readonly #wire: Wire;
  readonly #flow: { pause(): void; resume(): void };
  #pending: { to: Audience; name: 'stdout' | 'stderr'; texts: string[]; size: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting = 0;
  /** Everything is read, however slow the clients are, until this time (ms). */
  #open = 0;

  /** @param flow stops and starts what produces output */
  constructor(wire: Wire, flow: { pause(): void; resume(): void }) {
    this.#wire = wire;
    this.#flow = flow;
  }

  /** Printed text. */
  text(to: Audience, name: 'stdout' | 'stderr', text: string): void {
    if (to.silent) return;
    if (this.#pending && (this.#pending.to !== to || this.#pending.name !== name)) this.flush();
    this.#pending ??= { to, name, texts: [], size: 0 };
    this.#pending.texts.push(text);
    this.#pending.size += text.length;
    if (this.#pending.size >= gather.characters) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), gather.ms);
  }

  /** A rich output; `type` other than `execute_result` follows from the bundle. */
  show(to: Audience, bundle: DisplayBundle, type?: 'execute_result', count?: number): void {
    const { data, metadata = {}, id, update = false } = bundle;
    const transient = id === undefined ? {} : { display_id: id };
    const kind = type ?? (update ? 'update_display_data' : 'display_data');
    this.message(to, kind, {
      data,
      metadata,
      transient,
      ...(count === undefined ? {} : { execution_count: count }),
    });
  }

  /** Any other output message, behind the text before it. */
  message(to: Audience, type: string, content: Record<string, unknown>): void {
    this.flush();
    if (!to.silent) this.#publish(to, type, content);
  }

  /** For so many ms all is read: a cell that waits for slow clients could not be interrupted. */
  letFlow(ms: number): void {
    this.#open = performance.now() + ms;
    this.#flow.resume();
  }

  /** Sends gathered text now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) this.#publish(pending.to, 'stream', { name: pending.name, text: pending.texts.join('') });
  }

  #publish(to: Audience, type: string, content: Record<string, unknown>): void {
    this.#waiting += 1;
    if (this.#waiting >= crowd && performance.now() >= this.#open) this.#flow.pause();
    void this.#wire.publish({ type, content, parent: to.parent }).then(() => {
      this.#waiting -= 1;
      if (this.#waiting === crowd - 1) this.#flow.resume();
    });
  }
}
