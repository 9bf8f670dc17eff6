/** What cells print and show, on its way to the clients, and what they ask the user. */
import type { DisplayBundle } from '../contracts.ts';
import type { RunnerRequest } from '../runner/protocol.ts';
import type { Header, Message, Outgoing } from '../wire/codec.ts';
import type { Wire } from '../wire/sockets.ts';

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

/** Outputs of cells: gathered to few messages, held back while clients are slow. */
export class CellOutput {
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

  /** A rich output; `count` makes it the result of the cell of that number. */
  show(to: Audience, { data, metadata = {}, id, update }: DisplayBundle, count?: number): void {
    const content = { data, metadata, transient: id === undefined ? {} : { display_id: id } };
    if (count !== undefined) this.message(to, 'execute_result', { ...content, execution_count: count });
    else this.message(to, update ? 'update_display_data' : 'display_data', content);
  }

  /** Any other output message, behind the text before it. */
  message(to: Audience, type: string, content: Record<string, unknown>): void {
    this.flush();
    if (!to.silent) this.#publish(to, type, content);
  }

  /** A message that is no output, behind the text before it; silent runs send it, too. */
  relay(outgoing: Outgoing): void {
    this.flush();
    this.#send(outgoing);
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
    this.#send({ type, content, parent: to.parent });
  }

  #send(outgoing: Outgoing): void {
    this.#waiting += 1;
    if (this.#waiting >= crowd && performance.now() >= this.#open) this.#flow.pause();
    void this.#wire.publish(outgoing).then(() => {
      this.#waiting -= 1;
      if (this.#waiting === crowd - 1) this.#flow.resume();
    });
  }
}

interface CellQuestion {
  readonly id: number;
  /** The request that runs the cell; its client is asked. */
  readonly request: Message;
  readonly prompt: string;
  readonly password: boolean;
}

/** Questions of cells to the user, over the stdin channel, one at a time, in the order in which they were asked. */
export class CellQuestions {
  readonly #wire: Wire;
  readonly #runner: { send(request: RunnerRequest): void };
  readonly #queue: CellQuestion[] = [];
  #asked: CellQuestion | undefined;

  /** @param runner gets the answers */
  constructor(wire: Wire, runner: { send(request: RunnerRequest): void }) {
    this.#wire = wire;
    this.#runner = runner;
  }

  /** A cell asks. */
  ask(question: CellQuestion): void {
    this.#queue.push(question);
    this.#next();
  }

  /** The user's answer. */
  answered({ content: { value, status } }: Message): void {
    const question = this.#asked;
    if (!question) return;
    this.#asked = undefined;
    const { id } = question;
    if (typeof value === 'string') this.#runner.send({ type: 'input', id, value });
    else this.#runner.send({ type: 'input', id, refused: `the front end answered "${String(status)}"` });
    this.#next();
  }

  /** The cell was interrupted or its process ended: nobody waits for answers any more. */
  drop(): void {
    this.#asked = undefined;
    this.#queue.length = 0;
  }

  #next(): void {
    if (this.#asked) return;
    const question = this.#queue.shift();
    if (!question) return;
    this.#asked = question;
    const { request, prompt, password } = question;
    void this.#wire.send('stdin', {
      type: 'input_request',
      content: { prompt, password },
      parent: request.header,
      identities: request.identities,
    });
  }
}
