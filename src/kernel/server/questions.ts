/** Questions of cells to the user, over the stdin channel, one at a time. */
import type { Message, Wire } from '../wire/index.ts';
import type { RunRecord } from './execution.ts';
import type { RunnerHost } from './runner-host.ts';

interface Question {
  readonly id: number;
  readonly run: RunRecord;
  readonly prompt: string;
  readonly password: boolean;
}

/** Asks in the order in which cells asked. */
export class Questions {
  readonly #wire: Wire;
  readonly #runner: RunnerHost;
  readonly #queue: Question[] = [];
  #asked: Question | undefined;

  constructor(wire: Wire, runner: RunnerHost) {
    this.#wire = wire;
    this.#runner = runner;
  }

  /** A cell wants to know something. */
  ask(question: Question): void {
    this.#queue.push(question);
    this.#next();
  }

  /** The user's answer. */
  answered({ content }: Message): void {
    const question = this.#asked;
    if (!question) return;
    this.#asked = undefined;
    const { value, status } = content;
    const id = question.id;
    if (typeof value === 'string') this.#runner.send({ type: 'input', id, value });
    else this.#runner.send({ type: 'input', id, refused: `the front end answered "${String(status)}"` });
    this.#next();
  }

  /** The cell was interrupted, or its process is gone: nobody waits for answers any more. */
  drop(): void {
    this.#asked = undefined;
    this.#queue.length = 0;
  }

  #next(): void {
    if (this.#asked) return;
    const question = this.#queue.shift();
    if (!question) return;
    this.#asked = question;
    const { run, prompt, password } = question;
    void this.#wire.send('stdin', {
      type: 'input_request',
      content: { prompt, password },
      parent: run.parent,
      identities: run.request.identities,
    });
  }
}
