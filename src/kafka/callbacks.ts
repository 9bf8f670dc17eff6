/**
 * Calls functions of the user's (`onError`, `onProgress`, `onAssigned`, ...). One rule for all of them: what one throws, or
 * what its promise rejects with, is thrown by the operation that called it, or else by the next one that is waited for.
 */
import { messageOf } from '../errors.ts';
import { orAfter } from '../process/index.ts';

/** A failure of a callback; `error` may be anything, `undefined` too. */
interface CallbackFailure {
  readonly error: unknown;
}

/** For so long promises of callbacks are waited for at the end, ms. */
const PATIENCE_MS = 1_000;

/** Callbacks whose failures cannot be thrown at once: the first one is kept until somebody asks. */
export class Callbacks {
  readonly #running = new Set<Promise<void>>();
  readonly #onFailure: () => void;
  #failure: CallbackFailure | undefined;
  #isOver = false;

  /** `onFailure` is called at each failure, to wake who waits. */
  constructor(onFailure: () => void = () => {}) {
    this.#onFailure = onFailure;
  }

  /** The first failure that was not thrown yet. */
  get failure(): CallbackFailure | undefined {
    return this.#failure;
  }

  /** Calls it. Never throws, and does not wait for a promise that it returns. */
  call(callback: () => unknown): void {
    try {
      this.add(callback());
    } catch (error) {
      this.#note(error);
    }
  }

  /** Takes what a callback returned: if it is a promise, its failure is kept. */
  add(returned: unknown): void {
    if (!(returned instanceof Promise)) return;
    const running: Promise<void> = returned.then(
      () => void this.#running.delete(running),
      (error: unknown) => {
        this.#running.delete(running);
        this.#note(error);
      },
    );
    this.#running.add(running);
  }

  /** Waits for promises under way, `ms` at most: one of them may itself wait for what is waiting here. */
  async settled(ms = PATIENCE_MS): Promise<void> {
    if (this.#running.size > 0)
      await orAfter(
        Promise.all(this.#running).then(() => {}),
        ms,
      );
  }

  /** Throws the first failure that was not thrown yet. */
  rethrow(): void {
    const failure = this.#failure;
    this.forget();
    if (failure) throw failure.error;
  }

  /** The failure was handed over. */
  forget(): void {
    this.#failure = undefined;
  }

  /** Nobody will ask any more: what fails from now on becomes a warning of the process. */
  end(): void {
    this.#isOver = true;
  }

  #note(error: unknown): void {
    if (this.#isOver) process.emitWarning(`A callback failed when all was over: ${messageOf(error)}`);
    this.#failure ??= { error };
    this.#onFailure();
  }
}
