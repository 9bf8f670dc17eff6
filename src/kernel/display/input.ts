/** Questions to the user, answered in the notebook's input box: `prompt` and the like, and `process.stdin` of a cell. */
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { Error, Object, String, process, setImmediate } from '../primordials.ts';
import { kernelBridge, type RunnerBridge } from './bridge.ts';

/**
 * Asks for a line of text.
 *
 * @param fallback what an empty answer means; default the empty text
 * @throws what the kernel throws when the front end takes no input, or the cell is interrupted
 * @example
 * ```ts
 * const name = await prompt('Your name?', 'nobody');
 * ```
 */
export async function prompt(message = '', fallback = ''): Promise<string> {
  const answer = await kernelBridge('prompt').input(spaced(message), false);
  return answer === '' ? fallback : answer;
}

/** Asks a question until the answer is yes or no; an empty answer is no. */
export async function confirm(message = 'Sure?'): Promise<boolean> {
  for (;;) {
    const answer = (await kernelBridge('confirm').input(`${message} [y/N] `, false)).trim().toLowerCase();
    if (['y', 'yes', 'true', '1'].includes(answer)) return true;
    if (['', 'n', 'no', 'false', '0'].includes(answer)) return false;
  }
}

/** Asks for a secret; what is typed is neither shown nor stored in the notebook. */
export async function password(message = 'Password:'): Promise<string> {
  return kernelBridge('password').input(spaced(message), true);
}

/** Shows a message and waits until the user presses Enter. */
export async function alert(message = ''): Promise<void> {
  await kernelBridge('alert').input(`${spaced(message)}[Enter] `, false);
}

function spaced(message: string): string {
  return message === '' || /\s$/.test(message) ? message : `${message} `;
}

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
