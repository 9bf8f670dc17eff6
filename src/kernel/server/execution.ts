/** Runs execute requests one after the other, from the request to the idle status. */
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { pause } from '../../process/waiting.ts';
import type { CompiledCell } from '../contracts.ts';
import type { ErrorReport, RunnerEvent, RunnerRequest } from '../runner/protocol.ts';
import type { Message } from '../wire/codec.ts';
import type { Wire } from '../wire/sockets.ts';
import type { Audience, CellOutput } from './cell-io.ts';
import { helpPage } from './code-handlers.ts';
import type { Debugging } from './debug-relay.ts';
import type { History, HistoryEntry } from './history.ts';
import type { LanguageClient } from './language-client.ts';
import {
  diagnosticLines,
  exitReport,
  internalReport,
  interruptReport,
  requestReport,
  typeErrorReport,
} from './reports.ts';
import type { RunnerExit, RunnerHost } from './runner-host.ts';

/** A second interrupt of the same cell within so many ms is harder. */
const patience = 2000;

/** The reply to a failed cell waits so many ms for the cells of the same "Run All", which may come one by one. */
const underWay = 25;

const schema = z.object({
  code: z.string(),
  silent: z.boolean().default(false),
  store_history: z.boolean().optional(),
  user_expressions: z.record(z.string(), z.string()).nullish(),
  allow_stdin: z.boolean().default(true),
  stop_on_error: z.boolean().default(true),
});

type Done = Extract<RunnerEvent, { type: 'done' }>;

/** A cell on its way. */
interface RunRecord extends Audience {
  readonly id: number;
  readonly request: Message;
  readonly number: number;
  readonly allowStdin: boolean;
  history?: HistoryEntry;
  /** Settles the wait for the runner; unset when the cell is not in the runner. */
  finish?: ((outcome: Done) => void) | undefined;
  interruptedAt?: number;
  endedHard?: boolean;
  /** Why it cannot run: the process that it was compiled for has ended. */
  lost?: ErrorReport;
  stderrTail: string;
}

/** How a cell came out. */
interface Outcome {
  readonly error?: ErrorReport | undefined;
  readonly expressions: Record<string, unknown>;
  readonly payload?: readonly object[];
}

/** Runs that are remembered, so that late output finds its cell. */
const remembered = 10_000;

/** The parts of the kernel that take part in running a cell. */
interface ExecutionParts {
  readonly wire: Wire;
  readonly language: LanguageClient;
  readonly history: History;
  readonly runner: RunnerHost;
  readonly output: CellOutput;
  readonly debugging: Pick<Debugging, 'cellBegins' | 'cellEnds'>;
  readonly log: (line: string) => void;
}

/** The queue of cells. */
export class Execution {
  readonly #parts: ExecutionParts;
  readonly #queue: Message[] = [];
  readonly #records = new Map<number, RunRecord>();
  #lastRun = 0;
  #working = false;
  #count = 0;
  #current: RunRecord | undefined;
  #last: RunRecord | undefined;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
  }

  /** The cell in progress. */
  get current(): RunRecord | undefined {
    return this.#current;
  }

  /** The run of this id; without an id, the running one, else the last. */
  record(id: number | undefined): RunRecord | undefined {
    return (id ? this.#records.get(id) : undefined) ?? this.#current ?? this.#last;
  }

  /** Puts a request at the end of the queue. */
  add(request: Message): void {
    this.#queue.push(request);
    if (!this.#working) void this.#work();
  }

  /** The user pressed the button. The second press within two seconds ends the process of the cells. */
  interrupt(): void {
    const run = this.#current;
    const now = performance.now();
    if (run?.interruptedAt !== undefined && now - run.interruptedAt < patience) {
      run.endedHard = true;
      this.#parts.runner.kill();
      return;
    }
    if (run) run.interruptedAt = now;
    this.#parts.output.letFlow(patience);
    this.#parts.runner.send({ type: 'interrupt' });
  }

  /** The runner says that a cell is over. */
  done(id: number, event: Done): void {
    this.#records.get(id)?.finish?.(event);
  }

  /** The runner ended; a fresh one is there. */
  runnerEnded(exit: RunnerExit, exitCode: number | undefined): void {
    const run = this.#current;
    const report = run?.endedHard ? interruptReport(true) : exitReport(exit, exitCode, run?.stderrTail ?? '');
    if (run?.finish) return run.finish({ type: 'done', error: report, expressions: {} });
    if (run) {
      run.lost = report; // It is still being compiled, by a language service that is restarted now.
      return;
    }
    const { output } = this.#parts;
    const to = this.#last;
    if (to) output.message(to, 'error', { ...report });
    else this.#parts.log(report.evalue);
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let request; (request = this.#queue.shift());) {
      const skipped = await this.#run(request).catch((error: unknown) => {
        this.#parts.log(`execute: ${messageOf(error)}`);
        return [];
      });
      for (const aborted of skipped) this.#abort(aborted);
    }
    this.#working = false;
  }

  #abort(request: Message): void {
    const { wire } = this.#parts;
    wire.status('busy', request);
    void wire.reply('shell', request, 'execute_reply', {
      status: 'aborted',
      execution_count: this.#count,
      user_expressions: {},
      payload: [],
    });
    wire.status('idle', request);
  }

  /** @returns the requests behind this one that must not run, because this one failed */
  async #run(request: Message): Promise<Message[]> {
    const { wire, output, history } = this.#parts;
    wire.status('busy', request);
    const { data: content, error: fault } = schema.safeParse(request.content);
    if (!content) {
      const report = requestReport(fault);
      void wire.reply('shell', request, 'execute_reply', {
        status: 'error',
        ...report,
        execution_count: this.#count,
      });
      wire.status('idle', request);
      return [];
    }
    const { code, silent } = content;
    const stored = !silent && (content.store_history ?? true) && code.trim() !== '';
    const run: RunRecord = {
      id: (this.#lastRun += 1),
      request,
      parent: request.header,
      silent,
      number: this.#count + 1,
      allowStdin: content.allow_stdin,
      stderrTail: '',
    };
    this.#remember(run);
    if (stored) {
      this.#count = run.number;
      run.history = history.add(run.number, code);
    }
    const execution_count = silent ? this.#count : run.number;
    output.message(run, 'execute_input', { code, execution_count });
    const expressions = content.user_expressions ?? {};
    const outcome = await this.#outcome(run, code, expressions).catch((error: unknown): Outcome => ({
      error: run.lost ?? internalReport(error),
      expressions: {},
    }));
    const { error } = outcome;
    if (error) output.message(run, 'error', { ...error });
    else output.flush();
    this.#current = undefined;
    if (run.history) history.save(run.history);
    const common = { execution_count, user_expressions: outcome.expressions, payload: outcome.payload ?? [] };
    const answer = error ? { status: 'error', ...error, ...common } : { status: 'ok', ...common };
    // A silent run is no cell of the user's: those behind it run, as by ipykernel.
    const isStopped = error && content.stop_on_error && !silent;
    const skipped = isStopped ? await this.#takeQueue() : [];
    void wire.reply('shell', request, 'execute_reply', answer);
    wire.status('idle', request);
    return skipped;
  }

  async #outcome(run: RunRecord, code: string, asked: Record<string, string>): Promise<Outcome> {
    const { language, output } = this.#parts;
    const page = await helpPage(code, language);
    const payload = page ? [page] : [];
    // There is nothing to run, but there may be something to evaluate.
    const isEmpty = page !== undefined || code.trim() === '';
    if (isEmpty && Object.keys(asked).length === 0) return { expressions: {}, payload };
    const compiled = await language.compile(isEmpty ? '' : code, run.number);
    if (run.lost) return { error: run.lost, expressions: {} };
    if (run.interruptedAt !== undefined) return { error: interruptReport(false), expressions: {} };
    if (!compiled.ok) return { error: typeErrorReport(compiled.diagnostics), expressions: {} };
    const { cell } = compiled;
    if (cell.diagnostics.length > 0) {
      output.text(run, 'stderr', `${cell.diagnostics.flatMap(diagnosticLines).join('\n')}\n`);
    }
    language.accept(cell);
    const expressions: Record<string, CompiledCell | ErrorReport> = {};
    for (const [name, source] of Object.entries(asked)) {
      const expression = await language.compile(source, run.number);
      expressions[name] = expression.ok ? expression.cell : typeErrorReport(expression.diagnostics);
    }
    const outcome = await this.#inRunner(run, {
      type: 'execute',
      run: run.id,
      cell,
      silent: run.silent,
      allowStdin: run.allowStdin,
      expressions,
    });
    return { ...outcome, payload };
  }

  async #inRunner(run: RunRecord, request: RunnerRequest): Promise<Outcome> {
    const { debugging, runner } = this.#parts;
    let isOver = false;
    const done = new Promise<Done>((resolve) => {
      run.finish = (event) => {
        isOver = true;
        resolve(event);
      };
    });
    await debugging.cellBegins();
    if (run.interruptedAt !== undefined)
      run.finish?.({ type: 'done', error: interruptReport(false), expressions: {} });
    if (!isOver) runner.send(request);
    const event = await done;
    run.finish = undefined;
    debugging.cellEnds();
    return { error: event.error, expressions: { ...event.expressions } };
  }

  /** What was sent before the client could know of a failure: also what is still on its way. What comes later runs. */
  async #takeQueue(): Promise<Message[]> {
    await pause(underWay);
    return this.#queue.splice(0);
  }

  #remember(run: RunRecord): void {
    this.#current = run;
    this.#last = run;
    this.#records.set(run.id, run);
    if (this.#records.size > remembered) {
      const [oldest] = this.#records.keys();
      if (oldest !== undefined) this.#records.delete(oldest);
    }
  }
}
