/** The server's handle on the process that cells run in. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FrameReader, Lanes, RawReader } from './lanes.ts';
import { frameKind, pipes, type RunnerEvent, type RunnerRequest } from './protocol.ts';

/** Flags of the runner's Node; see interrupts.ts for the reason. */
const flags = ['--expose-internals'];

/** How long the pipes may stay open behind a runner that has gone (a process it started may hold them), in ms. */
const patience = 100;

/** How the runner ended. */
export interface RunnerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What the runner tells its owner, in order. */
export interface RunnerListener {
  /** `run` is undefined when the text came by the process's own stdout or stderr: native code, child processes. */
  output(run: number | undefined, name: 'stdout' | 'stderr', text: string): void;
  event(run: number, event: RunnerEvent): void;
  /** Everything it printed has been told before. */
  exited(exit: RunnerExit): void;
}

/** A started runner. It ends with this process, whatever happens. */
export class RunnerProcess {
  readonly #child: ChildProcess;
  readonly #sources: Readable[];

  constructor(listener: RunnerListener, cwd = process.cwd()) {
    const secret = randomBytes(12).toString('hex');
    const entry = fileURLToPath(import.meta.url.replace(/runner-process(\.\w+)$/, 'child$1'));
    this.#child = spawn(process.execPath, [...flags, entry], {
      cwd,
      // In a group of its own: a Ctrl-C for the kernel is no signal for the cells' process.
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, STREAMTRAIN_RUNNER_SECRET: secret },
    });
    const { stdout, stderr, stdio } = this.#child;
    this.#sources = [stdio[pipes.events] as Readable, stdout!, stderr!];
    this.#requests.on('error', () => undefined); // It has gone; its exit tells.
    const lanes = new Lanes(this.#sources.length);
    const frames = new FrameReader((kind, run, payload) => ({
      handle: () => {
        if (kind === frameKind.event) listener.event(run, JSON.parse(payload.toString()) as RunnerEvent);
        else listener.output(run, kind === frameKind.stderr ? 'stderr' : 'stdout', payload.toString());
      },
    }));
    const raw = (name: 'stdout' | 'stderr') =>
      new RawReader(secret, (text) => ({ handle: () => listener.output(undefined, name, text) }));
    const readers = [frames, raw('stdout'), raw('stderr')];
    const ended = this.#sources.map(
      (source, lane) =>
        new Promise<void>((resolve) => {
          const reader = readers[lane]!;
          source.on('data', (chunk: Buffer) => lanes.push(lane, reader.read(chunk)));
          source.on('error', () => undefined);
          source.once('close', () => {
            if (reader instanceof RawReader) lanes.push(lane, reader.end());
            lanes.close(lane);
            resolve();
          });
        }),
    );
    const exit = new Promise<RunnerExit>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
      this.#child.once('error', () => resolve({ code: null, signal: null }));
    });
    void exit.then(async (how) => {
      await Promise.race([Promise.all(ended), new Promise((resolve) => setTimeout(resolve, patience))]);
      for (const source of this.#sources) source.destroy();
      await Promise.all(ended);
      listener.exited(how);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a request; into the void when the runner has gone, which its exit tells. */
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
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
    } catch {
      // Nobody is left in its group.
    }
    if (exitCode === null && signalCode === null) this.#child.kill('SIGKILL');
  }

  get #requests(): Writable {
    return this.#child.stdio[pipes.requests] as Writable;
  }
}
