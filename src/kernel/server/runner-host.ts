/** The server's handle on the process that cells run in: starts it, replaces it when it ended, asks it for live values. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { platform } from '../../platform.ts';
import { endTree } from '../../process/children.ts';
import { deferred, orAfter } from '../../process/waiting.ts';
import type { LiveValues } from '../contracts.ts';
import { runnerFlags } from '../runner/node-internals.ts';
import { frameKind, pipes, type RunnerEvent, type RunnerRequest } from '../runner/protocol.ts';
import { FrameReader, OrderedPipes, RawReader } from './ordered-pipes.ts';

/** How long completion waits for live values, in ms: a running cell has no time for them. */
const liveWait = 40;

/** A runner that ends so many times before it is ready is not started again. */
const attempts = 3;

/** How long the pipes may stay open behind a runner that has ended (a process it started may hold them), in ms. */
const pipeWait = 100;

/** How the runner ended. */
export interface RunnerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Receives what the runner does, in order. */
interface RunnerListener {
  /** `run` is undefined when the text came by the process's own stdout or stderr: native code, child processes. */
  output(run: number | undefined, name: 'stdout' | 'stderr', text: string): void;
  event(run: number, event: RunnerEvent): void;
  /** Everything it printed has been handed over before. */
  exited(exit: RunnerExit): void;
}

/** Receives what the runners do, except answers about live values. */
interface HostListener extends Omit<RunnerListener, 'exited'> {
  /**
   * The runner ended.
   *
   * @param exitCode what the cell's `process.exit` was called with, if that was the end
   * @param again another one is being started; false: it failed too often
   */
  replaced(exit: RunnerExit, exitCode: number | undefined, again: boolean): void;
}

/** One runner at a time. */
export class RunnerHost implements LiveValues {
  readonly #listener: HostListener;
  readonly #questions = new Map<number, (value: unknown) => void>();
  #runner: RunnerProcess;
  #lastId = 0;
  #failures = 0;
  #paused = false;
  #closed = false;
  readonly #ended = deferred();
  readonly #asked = new Map<number, { resolve: (result: object) => void; reject: (error: Error) => void }>();
  /** Hears what the inspector of the cells' process says by itself. */
  inspected: ((method: string, params: object) => void) | undefined;

  constructor(listener: HostListener) {
    this.#listener = listener;
    this.#runner = this.#start();
  }

  send(request: RunnerRequest): void {
    this.#runner.send(request);
  }

  /** Ends the runner at once; a fresh one follows. */
  kill(): void {
    this.#runner.kill();
  }

  /** Lets `exit` handlers of cells run, then ends the runner with everything it started; no other one follows. */
  async close(grace: number): Promise<void> {
    this.#closed = true;
    this.resume();
    this.#runner.send({ type: 'exit' });
    await orAfter(this.#ended.promise, grace);
    this.#runner.kill();
  }

  /** Stops reading from the runner; one started later is not read from either. */
  pause(): void {
    this.#paused = true;
    this.#runner.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#runner.resume();
  }

  async propertiesOf(path: string): Promise<readonly string[]> {
    return ((await this.#ask('properties', path)) ?? []) as readonly string[];
  }

  async preview(path: string): Promise<string | undefined> {
    return (await this.#ask('preview', path)) as string | undefined;
  }

  /**
   * Asks the inspector of the cells' process, which answers while a cell runs.
   *
   * @param method one of V8's inspector protocol, or `disconnect`
   * @throws Error with what the inspector says, or when the process ends before it has answered
   */
  inspector(method: string, params: object = {}): Promise<object> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.send({ type: 'inspector', id, method, params });
    });
  }

  #fromInspector(event: Extract<RunnerEvent, { type: 'inspector' }>): void {
    if (event.id === undefined) return this.inspected?.(event.method, event.params);
    const asked = this.#asked.get(event.id);
    this.#asked.delete(event.id);
    if (event.error === undefined) asked?.resolve(event.result ?? {});
    else asked?.reject(new Error(event.error));
  }

  #ask(what: 'properties' | 'preview', path: string): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const done = (value: unknown) => {
        clearTimeout(timer);
        this.#questions.delete(id);
        resolve(value);
      };
      const timer = setTimeout(() => done(undefined), liveWait);
      this.#questions.set(id, done);
      this.send({ type: 'live', id, what, path });
    });
  }

  #start(): RunnerProcess {
    let exitCode: number | undefined;
    const runner = new RunnerProcess({
      output: (run, name, text) => this.#listener.output(run, name, text),
      event: (run, event: RunnerEvent) => {
        if (event.type === 'live') return this.#questions.get(event.id)?.(event.value);
        if (event.type === 'inspector') return this.#fromInspector(event);
        if (event.type === 'exiting') exitCode = event.exitCode;
        if (event.type === 'ready') this.#failures = 0;
        this.#listener.event(run, event);
      },
      exited: (exit) => {
        runner.kill(); // What it started in its group goes with it.
        if (this.#closed) return this.#ended.resolve();
        for (const { reject } of this.#asked.values())
          reject(new Error('the process of the cells has ended'));
        this.#asked.clear();
        this.#failures += 1;
        const again = this.#failures < attempts;
        if (again) this.#runner = this.#start();
        this.#listener.replaced(exit, exitCode, again);
      },
    });
    if (this.#paused) runner.pause();
    return runner;
  }
}

/** A started runner. It ends with this process, whatever happens. */
class RunnerProcess {
  readonly #child: ChildProcess;
  readonly #sources: Readable[];

  constructor(listener: RunnerListener) {
    const secret = randomBytes(12).toString('hex');
    const entry = fileURLToPath(import.meta.url.replace(/server\/runner-host(\.\w+)$/, 'runner/child$1'));
    this.#child = spawn(process.execPath, [...runnerFlags, entry], {
      // In a group of its own: a Ctrl-C for the kernel is no signal for the cells' process.
      detached: platform.hasSignals,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      // The token of the Jupyter server that started this kernel opens everything of that server: no cell needs it.
      env: { ...process.env, STREAMTRAIN_RUNNER_SECRET: secret, JUPYTER_TOKEN: undefined },
    });
    const { stdout, stderr, stdio } = this.#child;
    this.#sources = [stdio[pipes.events] as Readable, stdout!, stderr!];
    this.#requests.on('error', () => undefined); // It has ended; `exited` reports it.
    const ordered = new OrderedPipes(this.#sources.length);
    const frames = new FrameReader((kind, run, payload) => ({
      handle: () => {
        if (kind === frameKind.event) listener.event(run, JSON.parse(payload.toString()) as RunnerEvent);
        else listener.output(run, kind === frameKind.stderr ? 'stderr' : 'stdout', payload.toString());
      },
    }));
    const raw = (name: 'stdout' | 'stderr') =>
      new RawReader(secret, (text) => ({ handle: () => listener.output(undefined, name, text) }));
    const readers = [frames, raw('stdout'), raw('stderr')];
    const read = this.#sources.map(
      (source, pipe) =>
        new Promise<void>((resolve) => {
          const reader = readers[pipe]!;
          source.on('data', (chunk: Buffer) => ordered.push(pipe, reader.read(chunk)));
          source.on('error', () => undefined);
          source.once('close', () => {
            if (reader instanceof RawReader) ordered.push(pipe, reader.end());
            ordered.close(pipe);
            resolve();
          });
        }),
    );
    const allRead = Promise.all(read).then(() => undefined);
    const exit = new Promise<RunnerExit>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
      this.#child.once('error', () => resolve({ code: null, signal: null }));
    });
    void exit.then(async (how) => {
      await orAfter(allRead, pipeWait);
      for (const source of this.#sources) source.destroy();
      await allRead;
      listener.exited(how);
    });
  }

  /** Sends a request; it is dropped when the runner has ended, which `exited` reports. */
  send(request: RunnerRequest): void {
    this.#requests.write(`${JSON.stringify(request)}\n`);
  }

  /** Stops reading, so that the runner's writing blocks. */
  pause(): void {
    for (const source of this.#sources) source.pause();
  }

  /** Reads on. */
  resume(): void {
    for (const source of this.#sources) source.resume();
  }

  /** Ends the runner and the processes it started, at once. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined) return;
    endTree(pid);
    if (exitCode === null && signalCode === null) this.#child.kill('SIGKILL');
  }

  get #requests(): Writable {
    return this.#child.stdio[pipes.requests] as Writable;
  }
}
