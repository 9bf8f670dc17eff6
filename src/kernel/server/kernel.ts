/** The kernel: holds its parts together and routes each message to the handler of its type. */
import { messageOf } from '../../errors.ts';
import type { Dialect } from '../contracts.ts';
import type { RunnerEvent } from '../runner/protocol.ts';
import type { Message } from '../wire/codec.ts';
import type { Connection } from '../wire/connection.ts';
import { Wire, type RequestChannel } from '../wire/sockets.ts';
import { CellOutput, CellQuestions } from './cell-io.ts';
import { commHandlers } from './comm-handlers.ts';
import { CommRelay } from './comm-relay.ts';
import { Execution } from './execution.ts';
import { codeHandlers } from './code-handlers.ts';
import { Debugging } from './debug-relay.ts';
import type { KernelParts } from './handler.ts';
import { problemOf } from './reports.ts';
import { sessionHandlers } from './session-handlers.ts';
import { History, historyFile } from './history.ts';
import { LanguageClient } from './language-client.ts';
import type { RunnerExit, RunnerHost } from './runner-host.ts';

/** `execute_request` and `input_reply` go to their queues instead. */
const handlers = new Map(Object.entries({ ...codeHandlers, ...commHandlers, ...sessionHandlers }));

/** How long `exit` handlers of cells may take at a shutdown, in ms. */
const grace = 150;

/** The language service is loaded so many ms after the start, when nobody asked for it before. */
const warmAfter = 250;

/** One kernel. */
export class Kernel implements KernelParts {
  readonly connection: Connection;
  readonly dialect: Dialect;
  readonly wire: Wire;
  readonly language: LanguageClient;
  readonly history: History;
  readonly comms: CommRelay;
  readonly debugging: Debugging;
  readonly log: (line: string) => void;
  readonly #runner: RunnerHost;
  readonly #output: CellOutput;
  readonly #questions: CellQuestions;
  readonly #execution: Execution;
  #closing: Promise<void> | undefined;

  /** @param runner a runner that is being started already, and will report its events to this kernel */
  constructor(
    connection: Connection,
    runner: RunnerHost,
    { dialect, log }: { dialect: Dialect; log: (line: string) => void },
  ) {
    this.connection = connection;
    this.dialect = dialect;
    this.log = log;
    this.#runner = runner;
    this.wire = new Wire(connection, { received: (channel, message) => this.#route(channel, message), log });
    this.language = new LanguageClient(runner, dialect);
    this.history = new History(historyFile(), log);
    this.debugging = new Debugging(this, runner, () => this.#output.flush());
    this.#output = new CellOutput(this.wire, runner);
    this.#questions = new CellQuestions(this.wire, runner);
    this.comms = new CommRelay(this.#output, runner);
    const { wire, language, history, debugging } = this;
    this.#execution = new Execution({
      wire,
      language,
      history,
      runner,
      debugging,
      output: this.#output,
      log,
    });
  }

  /** Binds the sockets and begins to serve. */
  async start(): Promise<void> {
    await this.wire.bind(this.connection);
    void this.wire.publish({ type: 'status', content: { execution_state: 'starting' } });
    setTimeout(() => this.language.warm(), warmAfter).unref();
  }

  /** The user wants the running cell to stop. */
  interrupt(): void {
    this.#execution.interrupt();
  }

  /** Text that a cell printed. */
  printed(id: number | undefined, name: 'stdout' | 'stderr', text: string): void {
    const run = this.#execution.record(id);
    if (!run) return this.log(`${name} before any cell: ${text.trimEnd()}`);
    if (name === 'stderr' && id === undefined) run.stderrTail = (run.stderrTail + text).slice(-4000);
    this.#output.text(run, name, text);
  }

  /** An event of the runner. */
  happened(id: number, event: RunnerEvent): void {
    if (event.type === 'done') return this.#execution.done(id, event);
    if (event.type === 'checking') return this.language.setChecking(event.checking);
    if (event.type === 'interrupted') return this.#questions.drop();
    const run = this.#execution.record(id);
    if (event.type === 'comm') return this.comms.happened(event.comm, run?.parent);
    if (!run) {
      if (event.type === 'error') this.log(event.error.traceback.join('\n'));
      return;
    }
    switch (event.type) {
      case 'display':
        return this.#output.show(run, event.bundle);
      case 'result': {
        const text = event.bundle.data['text/plain'];
        if (run.history && typeof text === 'string') run.history.output = text;
        return this.#output.show(run, event.bundle, run.number);
      }
      case 'clear':
        return this.#output.message(run, 'clear_output', { wait: event.wait });
      case 'error':
        return this.#output.message(run, 'error', { ...event.error });
      case 'input':
        return this.#questions.ask({ ...event, request: run.request });
    }
  }

  /** The runner ended; `again`: another one is being started. */
  runnerEnded(exit: RunnerExit, exitCode: number | undefined, again: boolean): void {
    this.#questions.drop();
    this.comms.runnerEnded();
    this.#execution.runnerEnded(exit, exitCode);
    this.language.reset();
    if (again) {
      this.debugging.runnerEnded();
      return this.language.warm();
    }
    this.log('the process for cells cannot be started');
    process.exitCode = 1;
    void this.close();
  }

  /** Ends everything, within half a second. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#runner.close(grace);
    this.#output.flush();
    this.language.reset();
  }

  #route(channel: RequestChannel, message: Message): void {
    const type = message.header.msg_type;
    if (type === 'execute_request' && channel === 'shell') return this.#execution.add(message);
    if (type === 'input_reply') return this.#questions.answered(message);
    void this.#handle(channel, message, type).catch((error: unknown) =>
      this.log(`${type}: ${messageOf(error)}`),
    );
  }

  async #handle(channel: RequestChannel, message: Message, type: string): Promise<void> {
    this.wire.status('busy', message);
    try {
      const handler = handlers.get(type);
      if (handler) await handler(this, message, channel);
      else await this.#refuse(channel, message, `${type} is not known to this kernel`);
    } catch (error) {
      await this.#refuse(channel, message, problemOf(error));
    } finally {
      this.#output.flush();
      this.wire.status('idle', message);
      // Front ends take the last status for the kernel's: a completion must not make a running cell look finished.
      const { current } = this.#execution;
      if (current) this.wire.status('busy', current.request);
    }
  }

  async #refuse(channel: RequestChannel, message: Message, problem: string): Promise<void> {
    const type = message.header.msg_type;
    this.log(`${type}: ${problem}`);
    if (!type.endsWith('_request')) return;
    await this.wire.reply(channel, message, type.replace(/_request$/, '_reply'), {
      status: 'error',
      ename: 'RequestError',
      evalue: problem,
      traceback: [problem],
    });
  }
}
