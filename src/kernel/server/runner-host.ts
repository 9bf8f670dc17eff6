/** Keeps a runner alive: starts it, replaces it when it ended, asks it for live values. */
import type { LiveValues } from '../contracts.ts';
import type { RunnerEvent, RunnerRequest } from '../runner/protocol.ts';
import { RunnerProcess, type RunnerExit, type RunnerListener } from '../runner/runner-process.ts';

/** How long completion waits for live values, in ms: a running cell has no time for them. */
const patience = 40;

/** A runner that ends so many times before it is ready is not started again. */
const attempts = 3;

/** Told what the runner tells, except answers about live values. */
export interface HostListener extends Omit<RunnerListener, 'exited'> {
  /** The runner ended and another one is being started (`undefined`: no other one, they all fail). */
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
  /** The versions the runner told when it was ready. */
  versions: Readonly<Record<string, string>> = {};

  constructor(listener: HostListener) {
    this.#listener = listener;
    this.#runner = this.#start();
  }

  get pid(): number | undefined {
    return this.#runner.pid;
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
    const gone = new Promise<void>((resolve) => (this.#gone = resolve));
    this.resume();
    this.#runner.send({ type: 'exit' });
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, grace))]);
    this.#runner.kill();
  }
  #gone: () => void = () => {};

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

  #ask(what: 'properties' | 'preview', path: string): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const done = (value: unknown) => {
        clearTimeout(timer);
        this.#questions.delete(id);
        resolve(value);
      };
      const timer = setTimeout(() => done(undefined), patience);
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
        if (event.type === 'exiting') exitCode = event.exitCode;
        if (event.type === 'ready') {
          this.#failures = 0;
          this.versions = event.versions;
        }
        this.#listener.event(run, event);
      },
      exited: (exit) => {
        runner.kill(); // What it started in its group goes with it.
        this.#gone();
        if (this.#closed) return;
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
