/** A program that was handed to Spark: what it prints, how it ends, and that it ends with us. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { logTail } from '../../broker/jvm.ts';
import {
  deferred,
  endProcess,
  ended,
  endTree,
  hasEnded,
  linesOf,
  spawnWithParent,
} from '../../process/index.ts';
import { EngineEndedError } from '../errors.ts';

/** How a program is started. */
interface JobStart {
  readonly program: string;
  readonly args: readonly string[];
  /** Where Spark works; its log is in it. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it is, for messages: the script's name. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line that it prints, and awaited; what it throws ends the program. */
  readonly onLine?: ((line: string) => unknown) | undefined;
}

/** How long Spark may take to end in order, ms. */
const PATIENCE_MS = 10_000;

/** A program on Spark. Whoever submitted it waits for {@link done}, or stops it. */
export class SparkJob implements AsyncDisposable {
  /** What Spark and the program wrote to standard error. Absolute path. */
  readonly logFile: string;
  readonly #child: ChildProcess;
  readonly #done: Promise<void>;
  readonly #lines: string[] = [];
  #more = deferred();
  #isRead = false;
  #stopped = false;

  constructor(start: JobStart) {
    const { program, args, folder, env, signal } = start;
    // One of its own, so that an error shows nothing of another program.
    this.logFile = path.join(folder, `driver-${randomUUID()}.log`);
    const log = fs.openSync(this.logFile, 'a');
    try {
      const how = { title: 'streamtrain-spark', cwd: folder, log, env, daemon: false, pipesOutput: true };
      this.#child = spawnWithParent(program, args, how);
    } finally {
      fs.closeSync(log);
    }
    const abort = () => void this.stop();
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    this.#done = this.#toItsEnd(start).finally(() => signal?.removeEventListener('abort', abort));
    this.#done.catch(() => {});
  }

  /** The driver's process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Resolves when the program has ended well, or was stopped.
   *
   * @throws EngineEndedError (`ST_ENGINES_ENDED`) with the error that it printed, or else the end of its log; the reason of the signal
   *   that ended it; what `onLine` threw
   */
  get done(): Promise<void> {
    return this.#done;
  }

  /** The lines it prints, from the first one on, as they come; ends when the program has ended. A line ends at a line feed alone. */
  async *lines(): AsyncGenerator<string, void, undefined> {
    for (let at = 0; ; at++) {
      while (at >= this.#lines.length) {
        if (this.#isRead) return;
        await this.#more.promise;
      }
      yield this.#lines[at]!;
    }
  }

  /** Ends it in order, by force after ten seconds, with all that it started. Again: does nothing. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end('SIGTERM');
  }

  /** Ends it at once with SIGKILL, as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Only while it runs: afterwards its number may be another program's. */
  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (hasEnded(this.#child)) return;
    await endProcess(this.#child, signal, PATIENCE_MS);
  }

  async #toItsEnd({ name, signal, program, onLine }: JobStart): Promise<void> {
    const child = this.#child;
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    const isRead = this.#read(onLine).then(
      () => undefined,
      (error: unknown) => {
        void this.kill();
        return { error };
      },
    );
    await ended(child);
    // Once, at its end: Python may still be on its way out.
    if (child.pid !== undefined) endTree(child.pid);
    const thrown = failure === undefined ? await isRead : undefined;
    this.#isRead = true;
    this.#wake();
    if (thrown) throw thrown.error;
    signal?.throwIfAborted();
    if (this.#stopped || (hasEnded(child) && child.exitCode === 0)) return;
    const tail = await logTail(this.logFile);
    const how = failure?.message ?? `it ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`;
    throw new EngineEndedError({
      what: `run ${name} on Spark`,
      tried: [`${program} org.apache.spark.deploy.SparkSubmit ${name}`],
      answered: [
        how,
        // With 1 Python ends by an error; what it printed of one before it ended otherwise is not why.
        ...((child.exitCode === 1 && printedError(this.#lines)) || [
          ...this.#lines.slice(-10),
          'The last lines of its log:',
          tail,
        ]),
      ].join('\n'),
      toDo: `See ${this.logFile} for all of it.`,
      logTail: tail,
    });
  }

  async #read(onLine: JobStart['onLine']): Promise<void> {
    for await (const bytes of linesOf(this.#child.stdout!)) {
      const line = bytes.toString().replace(/\r$/, '');
      this.#lines.push(line);
      this.#wake();
      await onLine?.(line);
    }
  }

  #wake(): void {
    const { resolve } = this.#more;
    this.#more = deferred();
    resolve();
  }
}

/** At most so many lines of an error that a program printed: half of them from its beginning, half from its end. */
const ERROR_LINES = 12;

const TRACE = 'Traceback (most recent call last):';

/** What Python prints between an error and the one that it was made into. */
const LINKS = /^(?:The above exception was the direct cause|During handling of the above exception)/;

/**
 * The error in what Python printed of one, with its causes in Python and in Java, without the stacks of either, and without the plans
 * of the query that Spark puts behind it.
 */
function printedError(lines: readonly string[]): string[] | undefined {
  let trace = lines.lastIndexOf(TRACE);
  while (trace > 1 && LINKS.test(lines[trace - 2]!)) trace = lines.lastIndexOf(TRACE, trace - 1);
  const said = new Set<string>();
  let [isInStack, isInPlan] = [true, false];
  for (const line of trace < 0 ? [] : lines.slice(trace + 1)) {
    if (/^(?:===|JVM stacktrace|\s*[+:]-|'?[A-Z]\w* .*\w#\d+)/.test(line)) isInPlan = true;
    else if (line === TRACE) [isInStack, isInPlan] = [true, false];
    else if (isInPlan || line.trim() === '') continue;
    else if (/^\s+(?:File "|at |\.\.\. \d+ more)/.test(line)) isInStack = true;
    else if (!isInStack || !/^(?:\s|[~^]+\s*$)/.test(line)) {
      isInStack = false;
      // The package of an exception says nothing.
      said.add(line.replace(/^(?:: |Caused by: )?(?:\w+\.)+(?=[A-Z][\w$]*: )/, ''));
    }
  }
  const [all, half] = [[...said], ERROR_LINES / 2];
  if (all.length === 0) return undefined;
  return all.length <= ERROR_LINES ? all : [...all.slice(0, half), '...', ...all.slice(-half)];
}
