/** `process.stdin` of a cell: each line that is read is asked for in the notebook's input box. */
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { Error, Object, String, process, setImmediate } from '../primordials.ts';
import type { RunnerBridge } from '../contracts.ts';

/**
 * A stream of the user's lines. It asks only while somebody reads, in the name of the cell that reads, and never
 * ahead: `node:readline` with one question asks one question. When the kernel refuses input the stream fails.
 */
export class NotebookStdin extends Readable {
  readonly isTTY = false;
  readonly fd = 0;
  readonly #input: RunnerBridge['input'];
  #wanted = false;
  #asking = false;

  constructor(bridge: Pick<RunnerBridge, 'input'>) {
    super({ highWaterMark: 0 });
    this.#input = (prompt, hidden) => bridge.input(prompt, hidden);
    this.on('resume', () => this.#soon());
  }

  override _read(): void {
    this.#wanted = true;
    this.#soon();
  }

  /** Later, because a reader that has its line mostly closes at once. */
  #soon(): void {
    setImmediate(() => {
      const isRead = this.readableFlowing === true || this.listenerCount('readable') > 0;
      if (this.#wanted && !this.#asking && isRead && !this.destroyed) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      const line = await this.#input('', false);
      this.#wanted = false;
      this.push(`${line}\n`);
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#asking = false;
    }
  }

  /** As in Node's own: lets the process end while nobody reads. There is nothing to hold here. */
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  setRawMode(): this {
    return this;
  }
}

/** Puts a {@link NotebookStdin} in place of `process.stdin`, a fresh one after each that failed or ended. */
export function installStdin(bridge: Pick<RunnerBridge, 'input'>): void {
  let stdin = new NotebookStdin(bridge);
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    enumerable: true,
    get: () => (stdin = stdin.destroyed || stdin.readableEnded ? new NotebookStdin(bridge) : stdin),
  });
  syncBuiltinESMExports();
}
