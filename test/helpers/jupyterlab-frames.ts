/** What a page of JupyterLab and a kernel said to each other, for the report of a failed test. */
import type { Page, WebSocket } from 'playwright-core';

/** So many messages are kept. */
const KEPT = 30;

/** The last messages of some types, both ways, each as a line: seconds since the page, direction, type, what is in it. */
export class LastMessages {
  readonly #lines: string[] = [];
  readonly #wanted: RegExp;
  readonly #since = performance.now();

  /** @param wanted types that are kept; make it before the page opens its sockets */
  constructor(page: Page, wanted: RegExp) {
    this.#wanted = wanted;
    page.on('websocket', (socket: WebSocket) => {
      socket.on('framesent', ({ payload }) => this.#take('>', payload));
      socket.on('framereceived', ({ payload }) => this.#take('<', payload));
    });
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  #take(direction: string, frame: string | Buffer): void {
    const parts = partsOf(frame);
    const type = /"msg_type": *"(\w+)"/.exec(parts?.header ?? '')?.[1] ?? '';
    if (!parts || !this.#wanted.test(type)) return;
    const seconds = ((performance.now() - this.#since) / 1000).toFixed(1);
    this.#lines.push(`${seconds} ${direction} ${type} ${parts.content.slice(0, 200)}`);
    if (this.#lines.length > KEPT) this.#lines.shift();
  }
}

/** Of a frame of Jupyter's protocol `v1.kernel.websocket.jupyter.org`: offsets first, then channel, header, parent, metadata, content. */
function partsOf(frame: string | Buffer): { header: string; content: string } | undefined {
  if (typeof frame === 'string' || frame.length < 8) return undefined;
  const count = Number(frame.readBigUInt64LE(0));
  if (count < 6 || 8 * (count + 1) > frame.length) return undefined;
  const at = (part: number) => Number(frame.readBigUInt64LE(8 * (part + 1)));
  const text = (part: number) => frame.subarray(at(part), at(part + 1)).toString();
  return { header: text(1), content: text(4) };
}
