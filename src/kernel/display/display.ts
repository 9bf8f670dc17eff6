/** `display`: rich outputs under the running cell; as a function for any value, with tslab's methods for one form. */
import { randomBytes } from 'node:crypto';
import type { DisplayBundle } from '../contracts.ts';
import { Object, Promise } from '../primordials.ts';
import { kernelBridge } from './bridge.ts';
import { asHandle, format } from './format.ts';
import { withLimits, type DisplayLimits } from './limits.ts';
import { jsonCopy, wireBundle, wireContent, type MimeBundle } from './mime.ts';

/** Options of one output. */
interface DisplayOptions {
  /** Jupyter's `display_id`: names the output, so that it can be replaced later. Default: a random one. */
  id?: string;
  /** Replace the output of this id, wherever it stands, instead of adding one. Default false. */
  update?: boolean;
  /** Jupyter's metadata of the output, by MIME type. */
  metadata?: Readonly<Record<string, unknown>>;
  /** Bounds that differ from those in force. */
  limits?: Partial<DisplayLimits>;
}

/** An output that was sent and can be replaced. */
interface DisplayHandle {
  readonly id: string;
  /** Replaces the output by another value. */
  update(value: unknown): DisplayHandle;
  /** Empties the output. */
  clear(): DisplayHandle;
  /** Settles when everything asked of this handle so far was sent; pictures of figures take a moment. Never rejects. */
  readonly sent: Promise<void>;
}

/** Shows rich content in one form, under the running cell, as stock tslab 1.0.22 declares it. */
interface Display {
  javascript(s: string): void;
  html(s: string): void;
  markdown(s: string): void;
  latex(s: string): void;
  svg(s: string): void;
  png(b: Uint8Array): void;
  jpeg(b: Uint8Array): void;
  gif(b: Uint8Array): void;
  pdf(b: Uint8Array): void;
  text(s: string): void;
  raw(contentType: string, b: string | Uint8Array): unknown;
}

/** tslab's `Display`, with whole MIME bundles, updates and clearing. */
export interface KernelDisplay extends Display {
  /** Sends one form: text, bytes, or (for JSON types) a plain value. */
  raw(contentType: string, content: unknown): unknown;
  /** Sends one output in several forms: `{ 'text/html': '<b>1</b>', 'text/plain': '1' }`. */
  bundle(data: MimeBundle, options?: DisplayOptions): void;
  /** Replaces the output of an id by another value. */
  update(id: string, value: unknown): DisplayHandle;
  /** Removes the cell's outputs, with `wait` only when the next one comes, so that nothing flickers. */
  clear(options?: { wait?: boolean }): void;
}

/** The `display` of a cell: a function for any value, and the methods of {@link KernelDisplay}. */
export interface DisplayFunction extends KernelDisplay {
  (value: unknown, options?: DisplayOptions): DisplayHandle;
}

/** A single output that every further call replaces. */
export class SingleDisplay implements KernelDisplay {
  readonly #id: string | undefined;
  #update = false;

  /** @param id the output's `display_id`; none: every call adds an output */
  constructor(id?: string) {
    this.#id = id;
  }

  javascript(text: string): void {
    this.raw('text/javascript', text);
  }
  html(text: string): void {
    this.raw('text/html', text);
  }
  markdown(text: string): void {
    this.raw('text/markdown', text);
  }
  latex(text: string): void {
    this.raw('text/latex', text);
  }
  svg(text: string): void {
    this.raw('image/svg+xml', text);
  }
  png(bytes: Uint8Array): void {
    this.raw('image/png', bytes);
  }
  jpeg(bytes: Uint8Array): void {
    this.raw('image/jpeg', bytes);
  }
  gif(bytes: Uint8Array): void {
    this.raw('image/gif', bytes);
  }
  pdf(bytes: Uint8Array): void {
    this.raw('application/pdf', bytes);
  }
  text(text: string): void {
    this.raw('text/plain', text);
  }
  raw(contentType: string, content: unknown): void {
    this.#send({ data: { [contentType]: wireContent(contentType, content) } });
  }

  bundle(data: MimeBundle, { id, update, metadata }: DisplayOptions = {}): void {
    this.#send({
      data: wireBundle(data),
      ...(metadata && { metadata: jsonCopy(metadata) }),
      ...(id !== undefined && { id }),
      ...(update !== undefined && { update }),
    });
  }

  update(id: string, value: unknown): DisplayHandle {
    return showValue(value, { id, update: true });
  }

  clear({ wait = false }: { wait?: boolean } = {}): void {
    if (this.#id === undefined) kernelBridge('display.clear').clearOutput(wait);
    else if (this.#update) this.#send({ data: { 'text/plain': '' } });
  }

  #send(bundle: DisplayBundle): void {
    const bridge = kernelBridge('display');
    if (this.#id === undefined || bundle.id !== undefined) return bridge.display(bundle);
    bridge.display({ ...bundle, id: this.#id, update: this.#update });
    this.#update = true;
  }
}

/**
 * Shows any value under the running cell, as the cell's result would be shown.
 *
 * @throws NotInKernelError (`ST_KERNEL_NOT_RUNNING`) outside of the kernel
 * @example
 * ```ts
 * const handle = display('0 %', { id: 'progress' });
 * handle.update('100 %');
 * ```
 *
 * A cell may end in it: the handle itself is not shown as the cell's result.
 */
function showValue(value: unknown, options: DisplayOptions = {}): DisplayHandle {
  const { id = randomBytes(8).toString('hex'), update = false, metadata, limits } = options;
  const extra = { id, ...(metadata && { metadata: jsonCopy(metadata) }) };
  const bounds = withLimits(limits);
  let queue: Promise<void> | undefined; // there while something is still on its way
  const send = ({ now, later }: { now: DisplayBundle; later?: Promise<DisplayBundle> }, replace: boolean) => {
    const deliver = (bundle: DisplayBundle) =>
      kernelBridge('display').display({ ...bundle, ...extra, update: replace });
    if (!later && !queue) return deliver(now);
    const mine: Promise<void> = Promise.all([later ?? now, queue]).then(([bundle]) => {
      deliver(bundle);
      if (queue === mine) queue = undefined;
    });
    queue = mine;
  };
  const look = (shown: unknown) =>
    shown === undefined ? { now: { data: { 'text/plain': 'undefined' } } } : format(shown, bounds);
  const handle: DisplayHandle = asHandle({
    id,
    update(next) {
      send(look(next), true);
      return handle;
    },
    clear() {
      send({ now: { data: { 'text/plain': '' } } }, true);
      return handle;
    },
    get sent() {
      return queue ?? Promise.resolve();
    },
  });
  send(look(value), update);
  return handle;
}

const methods = [
  'javascript',
  'html',
  'markdown',
  'latex',
  'svg',
  'png',
  'jpeg',
  'gif',
  'pdf',
  'text',
  'raw',
  'bundle',
  'update',
  'clear',
] as const;

/** The one `display` of cells and of `tslab.display`. */
export const display: DisplayFunction = makeDisplay();

function makeDisplay(): DisplayFunction {
  const single = new SingleDisplay();
  const bound = methods.map((name) => [name, (single[name] as (...args: unknown[]) => unknown).bind(single)]);
  const call = (value: unknown, options?: DisplayOptions) => showValue(value, options);
  return Object.assign(call, Object.fromEntries(bound) as KernelDisplay);
}
