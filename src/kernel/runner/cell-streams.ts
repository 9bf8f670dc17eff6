/** `process.stdout`, `process.stderr` and `console` of cells: what is written goes under the cell that writes it. */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import fs from 'node:fs';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { OutputSink, RunnerBridge } from '../display/bridge.ts';
import {
  Buffer,
  Error,
  Object,
  Reflect,
  TypeError,
  Uint8Array,
  process,
  setTimeout,
} from '../primordials.ts';
import type { EventPipe } from './event-pipe.ts';
import { frameKind } from './protocol.ts';
import { runOfCaller, runs, type Run } from './runs.ts';
import { waitBriefly } from './shared-pipe.ts';

/** Outputs that are kept for somebody, such as a control, in place of going under the cell. */
const sinks = new AsyncLocalStorage<OutputSink>();

/** Who takes what the calling code prints and shows, if not its cell. */
export const sinkOfCaller = (): OutputSink | undefined => sinks.getStore();

/**
 * Calls `work`; what it prints and shows, later on too, goes to `sink`. In a context of its own, because work that is cut
 * off by an interrupt never puts back the one before.
 */
export function captured<T>(sink: OutputSink, work: () => T): T {
  return new AsyncResource('CAPTURE').runInAsyncScope(() => sinks.run(sink, work));
}

type Callback = (error?: Error | null) => void;

/** The files and functions that the caller was called from. */
function stack(): string {
  return new Error().stack ?? '';
}

/** A stream that is never full: the pipe behind it blocks instead. */
class CellStream extends Writable {
  readonly fd: 1 | 2;
  readonly isTTY = false;
  readonly #pipe: EventPipe;
  /** `node:test` writes here. */
  #hasTests = false;
  readonly #decoder = new StringDecoder('utf8');
  /** Who wrote the last bytes, if they may have been the beginning of a character. */
  #cut: { readonly run: Run; readonly sink: OutputSink | undefined } | undefined;

  constructor(fd: 1 | 2, pipe: EventPipe) {
    // It never closes by itself, and says so: who waits for its end waits for 'finish' alone.
    super({ decodeStrings: false, autoDestroy: false });
    this.fd = fd;
    this.#pipe = pipe;
    this.on('pipe', () => (this.#hasTests ||= stack().includes('node:internal/test_runner')));
  }

  /**
   * The run that a write belongs to. `node:test` reports all tests by one stream, made by the first cell that has tests:
   * what comes from a pipe when that cell is long over belongs to the cell that runs now, or ran last. Names of Node's
   * internal files on the stack say so (tried on Node 20.19, 22, 24 and 26); under other names, reports of later cells'
   * tests come under the first cell that has tests.
   */
  #run(): Run {
    const run = runOfCaller();
    if (!this.#hasTests || !run.over || !stack().includes('node:internal/streams')) return run;
    return runs.current ?? runs.last;
  }

  /** Straight to the pipe: `Writable`'s own queue would cost more than the writing. */
  override write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    const [run, sink] = [this.#run(), sinkOfCaller()];
    if (this.#cut && (this.#cut.run !== run || this.#cut.sink !== sink)) this.cutOff();
    let text: string;
    if (typeof chunk === 'string') {
      const isText = typeof encoding !== 'string' || /^utf-?8$/i.test(encoding);
      if (isText && chunk) this.cutOff();
      text = isText ? chunk : this.#decoder.write(Buffer.from(chunk, encoding));
      if (!isText) this.#cut = { run, sink };
    } else if (chunk instanceof Uint8Array) {
      text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      this.#cut = { run, sink };
    } else {
      const fault = new TypeError('The "chunk" argument must be of type string or an instance of Uint8Array');
      throw Object.assign(fault, { code: 'ERR_INVALID_ARG_TYPE' });
    }
    this.#put(text, run, sink);
    if (done) process.nextTick(done);
    return true;
  }

  #put(text: string, run: Run, sink: OutputSink | undefined): void {
    if (sink) sink.text(this.fd === 1 ? 'stdout' : 'stderr', text);
    else if (text !== '') this.#pipe.text(this.fd === 1 ? frameKind.stdout : frameKind.stderr, run.id, text);
  }

  /** Shows what is left of a character whose other bytes have not come: what follows stands behind it, as in a terminal. */
  cutOff(): void {
    if (!this.#cut) return;
    const { run, sink } = this.#cut;
    this.#cut = undefined;
    this.#put(this.#decoder.end(), run, sink);
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void {
    this.write(chunk, encoding);
    callback();
  }

  /** Like Node's own stdout, it cannot be ended: the next cell needs it. */
  override end(...args: unknown[]): this {
    const [chunk] = args;
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) this.write(chunk);
    const done = args.findLast((arg): arg is () => void => typeof arg === 'function');
    process.nextTick(() => {
      this.emit('finish'); // What pipes into it, such as a pipeline, waits for this.
      done?.();
    });
    return this;
  }

  override _destroy(_error: Error | null, callback: Callback): void {
    callback();
  }
}

/**
 * Puts {@link CellStream}s in the place of the process's own, before anything has used those.
 *
 * @returns shows what was written to one of them in half, before something else is written to its file
 */
export function installCellStreams(pipe: EventPipe): (fd: 1 | 2) => void {
  const cut: (() => void)[] = [];
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    let stream = new CellStream(fd, pipe);
    cut[fd] = () => stream.cutOff();
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => (stream = stream.destroyed ? new CellStream(fd, pipe) : stream),
    });
  }
  return (fd) => cut[fd]?.();
}

type Writing = (this: void, ...args: unknown[]) => unknown;

/** What writes to a file by its number. Of these, `writeFile` and `appendFile` may have written a part when the pipe is full. */
const writings = ['write', 'writev', 'writeFile', 'appendFile'] as const;

/**
 * What a cell writes to the files 1 and 2 by functions of `node:fs`, as loggers do, goes by other pipes than what it prints:
 * here it keeps its place. Where a pipe is full, `write`, `writev` and their synchronous forms wait, as writing to a terminal
 * does.
 */
export function watchFiles(pipe: Pick<EventPipe, 'raw'>): void {
  const functions = fs as unknown as Record<string, Writing>;
  for (const name of writings) {
    const waits = name === 'write' || name === 'writev';
    const [later, sync] = [functions[name]!, functions[`${name}Sync`]!];
    functions[`${name}Sync`] = likeIt(watchedSync(sync, waits, pipe), sync);
    functions[name] = likeIt(watchedLater(later, waits, pipe), later);
  }
}

/** With its name and length, and the form of its own that `util.promisify` of some has. */
const likeIt = (watched: Writing, write: Writing): Writing =>
  Object.defineProperties(watched, Object.getOwnPropertyDescriptors(write));

const isOurs = (fd: unknown): fd is 1 | 2 => fd === 1 || fd === 2;

const isFull = (error: unknown) => (error as NodeJS.ErrnoException | null)?.code === 'EAGAIN';

function watchedSync(write: Writing, waits: boolean, pipe: Pick<EventPipe, 'raw'>): Writing {
  return (...args) => {
    const [fd] = args;
    if (!isOurs(fd)) return Reflect.apply(write, fs, args) as unknown;
    pipe.raw(fd);
    for (;;) {
      try {
        return Reflect.apply(write, fs, args) as unknown;
      } catch (error) {
        if (!waits || !isFull(error)) throw error;
        waitBriefly();
      }
    }
  };
}

function watchedLater(write: Writing, waits: boolean, pipe: Pick<EventPipe, 'raw'>): Writing {
  return (...args) => {
    const [fd] = args;
    const done: unknown = args.at(-1);
    if (!isOurs(fd) || typeof done !== 'function') return Reflect.apply(write, fs, args) as unknown;
    const ended = (...given: unknown[]): void => {
      if (waits && isFull(given[0])) return void setTimeout(again, 1);
      pipe.raw(fd);
      Reflect.apply(done, undefined, given);
    };
    const again = () => Reflect.apply(write, fs, [...args.slice(0, -1), ended]) as unknown;
    pipe.raw(fd);
    return again();
  };
}

/**
 * Makes `console.clear` clear the cell's outputs, and keeps count of groups, which end with the cell that opened them.
 *
 * @returns closes the groups that are open, for the next cell to call
 */
export function installConsole(bridge: Pick<RunnerBridge, 'clearOutput'>): () => void {
  const { console } = globalThis;
  const { group, groupCollapsed, groupEnd } = console;
  let open = 0;
  console.clear = () => bridge.clearOutput(false);
  console.group = (...label: unknown[]) => {
    open += 1;
    group(...label);
  };
  console.groupCollapsed = (...label: unknown[]) => {
    open += 1;
    groupCollapsed(...label);
  };
  return () => {
    for (; open > 0; open -= 1) groupEnd();
  };
}
