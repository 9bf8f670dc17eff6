/** A control with a value: read and set it, be told of changes, wait for them, go through them. */
import { AsyncResource } from 'node:async_hooks';
import { WidgetClosedError, WidgetUnattendedError } from './errors.ts';
import { isAttended, type Json } from './kernel-hook.ts';
import { Widget } from './widget.ts';

/** Told of a change; what it returns is waited for before the front end sends the next one. */
export type ValueListener<T> = (value: T, before: T) => unknown;

/** The base of all controls that have a value. */
export abstract class ValueWidget<T> extends Widget implements AsyncIterable<T> {
  // Not by T, so that a control of numbers is a control of anything.
  readonly #listeners = new Set<ValueListener<never>>();
  readonly #waiting = new Set<() => void>();
  #changes = 0;

  /** The value now; setting it moves the control. */
  get value(): T {
    return this.valueIn(this.state) as T;
  }
  set value(value: T) {
    const before = this.value;
    this.patch(this.stateFor(value));
    this.#tell(before)?.catch(raise);
  }

  /**
   * Calls `listener` at each change, by the user or by code. What it prints comes under the cell that calls this.
   *
   * @returns takes it back
   * @example
   * ```ts
   * const slider = new IntSlider({ description: 'epochs' });
   * const stop = slider.observe((value, before) => console.log(before, '->', value));
   * ```
   */
  observe(listener: ValueListener<T>): () => void {
    const bound = AsyncResource.bind(listener);
    this.#listeners.add(bound);
    return () => void this.#listeners.delete(bound);
  }

  /**
   * Resolves with the value as soon as it is as asked for: at once if it is so now.
   *
   * @throws WidgetUnattendedError (`ST_WIDGETS_UNATTENDED`) where nobody could bring that about; WidgetClosedError
   *   (`ST_WIDGETS_CLOSED`) when the control is closed
   * @example
   * ```ts
   * const run = new ToggleButtons({ options: ['go on', 'pause'] });
   * await run.until((state) => state === 'go on');
   * ```
   */
  async until(isAsked: (value: T) => boolean): Promise<T> {
    for (;;) {
      const { value } = this;
      if (isAsked(value)) return value;
      const control = this.toText();
      if (this.isClosed) throw new WidgetClosedError({ control });
      if (!isAttended()) throw new WidgetUnattendedError({ control });
      await this.#change();
    }
  }

  /**
   * The value now, then each one that follows; of those that come while the last one is being dealt with, the newest. Ends
   * when the control is closed, and after the first value where nobody could change it.
   */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    let seen = -1;
    let isOver = false;
    return {
      next: async () => {
        if (seen >= 0 && !isAttended()) isOver = true;
        while (!isOver && !this.isClosed && seen === this.#changes) await this.#change();
        if (isOver || this.isClosed) return { done: true, value: undefined };
        seen = this.#changes;
        return { done: false, value: this.value };
      },
      return: () => {
        isOver = true;
        this.#wake();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  override close(): void {
    super.close();
    this.#wake();
  }

  /** The value that a state means; `undefined` where it means none. */
  protected abstract valueIn(state: Json): T | undefined;

  /**
   * The state that stands for a value.
   *
   * @throws InvalidOptionError (`ST_OPTION_INVALID`)
   */
  protected abstract stateFor(value: T): Json;

  protected override changed(before: Json): unknown {
    if (this.valueIn(this.state) === undefined) return false;
    return this.#tell(this.valueIn(before) as T);
  }

  #tell(before: T): Promise<unknown> | undefined {
    const { value } = this;
    if (Object.is(value, before)) return undefined;
    this.#changes += 1;
    this.#wake();
    return Promise.all(
      [...this.#listeners].map(async (listener) => (listener as ValueListener<T>)(value, before)),
    );
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const go of waiting) go();
  }
}

/** A listener's failure is nobody's to catch: it comes as what is thrown where nobody waits. */
function raise(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
