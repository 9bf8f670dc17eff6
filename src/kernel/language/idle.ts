/** What the language service does while nobody asks it anything: each thing once, when nothing was asked for a while. */
import type { CellLanguage } from '../contracts.ts';

/** Something to be done once. */
interface Task {
  /** So many ms after the last request. */
  readonly after: number;
  readonly work: () => void;
}

/** The tasks of one language service, one after the other. A request in between begins the wait of the next one again. */
export class IdleTasks {
  readonly #tasks: Task[];
  #timer: NodeJS.Timeout | undefined;

  constructor(tasks: readonly Task[]) {
    this.#tasks = [...tasks];
  }

  /** A request has come: nothing is done until it was answered. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** A request was answered. Call it at the end: a long one is no time in which nobody asked. */
  asked(): void {
    clearTimeout(this.#timer);
    const [task] = this.#tasks;
    if (!task) return;
    this.#timer = setTimeout(() => {
      this.#tasks.shift();
      task.work();
      this.asked();
    }, task.after).unref();
  }

  /** Nothing more is done. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#tasks.length = 0;
  }
}

/**
 * Asks the first questions about code, so that the user's are not the first: those take several times as long as the next
 * ones, and JupyterLab waits for a second. On a busy machine it showed nothing at the first Tab.
 */
export function askFirst(language: Pick<CellLanguage, 'complete' | 'inspect'>): void {
  // They may throw before there is a promise.
  const ask = (question: () => Promise<unknown>) =>
    void new Promise((resolve) => resolve(question())).catch(() => undefined);
  ask(() => language.complete('Math.', 'Math.'.length));
  ask(() => language.inspect('Math.max', 'Math.max'.length, 0));
}
