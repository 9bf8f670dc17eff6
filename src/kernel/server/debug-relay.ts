/** Passes debug requests to the debugger, which is loaded with the first of them, and its events to the front end. */
import { messageOf } from '../../errors.ts';
import type { Dialect } from '../contracts.ts';
import type { Ask } from '../debugger/inspector.ts';
import type { CellDebugger, DebugAnswer } from '../debugger/debugger.ts';
import type { Message } from '../wire/codec.ts';
import type { Wire } from '../wire/sockets.ts';
import type { LanguageClient } from './language-client.ts';
import type { RunnerHost } from './runner-host.ts';

/** What the debugger needs of the kernel. */
interface DebugHost {
  readonly dialect: Dialect;
  readonly wire: Wire;
  readonly language: LanguageClient;
  readonly log: (line: string) => void;
}

/** A kernel's debugger, once somebody has asked for it. */
export class Debugging {
  readonly #kernel: DebugHost;
  readonly #runner: RunnerHost;
  readonly #flush: () => void;
  #debugger: Promise<CellDebugger> | undefined;
  #events = 0;
  #isInCell = false;
  /** Events name the request that the front end made last. */
  #last: Message | undefined;

  /** @param flush sends what cells have printed so far */
  constructor(kernel: DebugHost, runner: RunnerHost, flush: () => void) {
    this.#kernel = kernel;
    this.#runner = runner;
    this.#flush = flush;
  }

  /** The answer to a request. */
  async request(message: Message, command: string, given: unknown): Promise<DebugAnswer> {
    this.#last = message;
    this.#debugger ??= this.#load();
    return (await this.#debugger).answer(command, given);
  }

  /** A cell is about to run, once this is done. */
  cellBegins(): Promise<void> {
    this.#isInCell = true;
    return this.#notify((loaded) => loaded.cellBegins());
  }

  /** The cell is over. */
  cellEnds(): void {
    this.#isInCell = false;
    void this.#notify((loaded) => loaded.cellEnds());
  }

  /** The process of the cells has ended, and another one was started. */
  runnerEnded(): void {
    void this.#notify((loaded) => loaded.runnerEnded());
  }

  /** Does nothing where the debugger was never asked for. */
  async #notify(what: (loaded: CellDebugger) => Promise<void>): Promise<void> {
    const { log } = this.#kernel;
    await this.#debugger?.then(what).catch((error: unknown) => log(`debugger: ${messageOf(error)}`));
  }

  async #load(): Promise<CellDebugger> {
    const { CellDebugger } = await import('../debugger/debugger.ts');
    const { language, dialect, log, wire } = this.#kernel;
    const loaded = new CellDebugger({
      ask: ((method: string, params?: object) => this.#runner.inspector(method, params)) as Ask,
      expression: (source, locals) => language.expression(source, locals),
      declare: async (source) => {
        const compiled = await language.compile(source, 0);
        if (compiled.ok) language.accept(compiled.cell);
        return compiled;
      },
      event: (event, body) => {
        this.#flush();
        this.#events += 1;
        const content = { type: 'event', seq: this.#events, event, body };
        void wire.publish({ type: 'debug_event', content, parent: this.#last?.header ?? {} });
      },
      extension: dialect === 'typescript' ? '.ts' : '.js',
      log,
      isInCell: () => this.#isInCell,
    });
    this.#runner.inspected = (method, params) => loaded.heard(method, params);
    return loaded;
  }
}
