/** Runs one cell: its script, the wait for its promise, its result, the expressions asked for with it. */
import vm from 'node:vm';
import { Object, setImmediate, setTimeout } from '../primordials.ts';
import type { CompiledCell } from '../contracts.ts';
import { formatResult } from '../display/format.ts';
import type { EventPipe } from './event-pipe.ts';
import type { ErrorReport, ExpressionResult, RunnerRequest } from './protocol.ts';
import { inRun, Run, runs, type Outcome } from './runs.ts';
import { addSourceMap } from './stack-maps.ts';
import { reportError } from './traceback.ts';

type ExecuteRequest = Extract<RunnerRequest, { type: 'execute' }>;

/** How long a cell may take to end by itself when it has to, in ms: to run its `finally`. */
export const grace = 30;

/** What else takes part in running a cell. */
interface CellHooks {
  /** The module room's options of `new vm.Script`. */
  readonly scriptOptions?: (fileName: string) => object;
  readonly beforeCell: () => void;
}

/** Runs cells one after the other; the server sends the next one only when the last one is done. */
export class Evaluator {
  readonly #pipe: EventPipe;
  readonly #hooks: CellHooks;

  constructor(pipe: EventPipe, hooks: CellHooks) {
    this.#pipe = pipe;
    this.#hooks = hooks;
  }

  /**
   * Starts the cell and returns. Nothing here relies on the stack being unwound in order: an interrupt may cut this
   * function off wherever the cell's own code runs.
   */
  execute(request: ExecuteRequest): void {
    const { cell } = request;
    const run = new Run(request.run, cell.number, request);
    runs.current = run;
    runs.last = run;
    this.#hooks.beforeCell();
    inRun(run, () => {
      this.#evaluate(cell).then(
        ({ value }) => void this.#show(run, value, request),
        (error: unknown) => this.fail(run, reportError(error)),
      );
    });
  }

  /** Rejects what a run waits for; it may clean up, but not go on for long. */
  stop(run: Run, error: Error): void {
    run.stopWaiting(error);
    setTimeout(() => this.fail(run, reportError(error)), grace);
  }

  /** A run that was asked for and never began: an interrupt cut off what was to begin it. Nothing, where it has begun. */
  lostRun(id: number): Run | undefined {
    if (runs.last.id >= id) return undefined;
    const run = new Run(id, runs.last.number);
    runs.current = run;
    runs.last = run;
    return run;
  }

  /** Ends a run with an error, unless it has ended. */
  fail(run: Run, error: ErrorReport): void {
    this.#finish(run, { error, expressions: {} });
  }

  /** The completion value of the script, a promise of `{ value }` or of nothing, with what the value promises itself. */
  async #evaluate(cell: CompiledCell): Promise<{ readonly value: unknown }> {
    addSourceMap(cell.fileName, cell.sourceMap);
    const options = { filename: cell.fileName, ...this.#hooks.scriptOptions?.(cell.fileName) };
    const completion: unknown = await new vm.Script(cell.code, options).runInThisContext();
    const { value } = (completion ?? {}) as { readonly value?: unknown };
    return { value: isThenable(value) ? await value : value };
  }

  async #show(run: Run, value: unknown, { silent, expressions }: ExecuteRequest): Promise<void> {
    try {
      const bundle = silent ? undefined : await formatResult(value);
      const results: Record<string, ExpressionResult> = {};
      for (const [name, compiled] of Object.entries(expressions)) {
        results[name] = await this.#expression(compiled);
      }
      if (bundle && !run.over) this.#pipe.event(run.id, { type: 'result', bundle });
      this.#finish(run, { expressions: results });
    } catch (error) {
      this.fail(run, reportError(error));
    }
  }

  async #expression(compiled: CompiledCell | ErrorReport): Promise<ExpressionResult> {
    if ('ename' in compiled) return { status: 'error', ...compiled };
    try {
      // Under a name of its own: breakpoints of the cell are none of the expression's.
      const fileName = `${compiled.fileName} expression`;
      const { value } = await this.#evaluate({ ...compiled, fileName });
      const bundle = await formatResult(value);
      return { status: 'ok', data: {}, metadata: {}, ...bundle };
    } catch (error) {
      return { status: 'error', ...reportError(error) };
    }
  }

  /**
   * One turn later, so that promises that were rejected meanwhile are reported before the cell is over. An interrupt may cut off
   * that turn: called again, what is known is sent, and a failure takes the place of a value.
   */
  #finish(run: Run, outcome: Outcome): void {
    const known = run.outcome;
    if (run.over && !known) return;
    if (!known || (outcome.error && !known.error)) run.outcome = outcome;
    run.over = true;
    setImmediate(() => this.#end(run));
  }

  #end(run: Run): void {
    this.#pipe.whole(() => {
      const { outcome } = run;
      if (!outcome) return;
      run.outcome = undefined;
      if (runs.current === run) runs.current = undefined;
      run.waiters.clear();
      this.#pipe.barrier();
      this.#pipe.event(run.id, { type: 'done', ...outcome });
    });
  }
}

/** Whether it can be waited for. What lets nobody ask, such as a proxy that knows its own fields only, is a value. */
function isThenable(value: unknown): boolean {
  try {
    return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
  } catch {
    return false;
  }
}
