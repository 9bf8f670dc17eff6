/** A debug session: follows the engine from stop to stop, and lets it go on. */
import type { Debugger as Engine, Runtime } from 'node:inspector';
import { Breakpoints } from './breakpoints.ts';
import { heldGroup, Inspector, ReadTurns, type Ask, type DebuggerParts } from './inspector.ts';
import { reasonOf, type Wish } from './reason.ts';
import { Sources } from './sources.ts';
import {
  beginningScript,
  evaluateIn,
  framesOf,
  hidingNames,
  isSameLine,
  stepFrom,
  type Frame,
  type StepStart,
} from './stop.ts';
import { Variables } from './variables.ts';

/** There is one thread for all cells. */
export const threadId = 1;

/** One session for one kernel; it may be ended and begun again. */
export class DebugSession {
  readonly sources: Sources;
  readonly breakpoints: Breakpoints;
  readonly variables: Variables;
  readonly engine: Inspector;
  /** What changes the session, or looks at what the engine says by itself. Values are read while the cells stand, or none runs. */
  readonly turns = new ReadTurns(() => !this.#isAttached || !this.#isInCell || this.frames !== undefined);
  readonly #ask: Ask;
  readonly #parts: DebuggerParts;
  #isAttached = false;
  #pausesOnExceptions = false;
  /** The engine stands, and the front end shows it. */
  #stop: { readonly params: Engine.PausedEventDataType; readonly frames: readonly Frame[] } | undefined;
  #wish: Wish = {};
  /** The pause in which the engine stands. Noted at once, unlike all else: what is asked next may be about one that is over. */
  #standing: object | undefined;
  /** What belongs to an earlier process, or to a session that was ended, is not looked at. */
  #epoch = 0;
  /** A cell runs, or stands. */
  #isInCell = false;

  constructor(parts: DebuggerParts) {
    this.#parts = parts;
    this.#isInCell = parts.isInCell();
    this.engine = new Inspector(parts.ask);
    this.#ask = this.engine.ask;
    this.sources = new Sources(this.#ask, parts.extension);
    this.breakpoints = new Breakpoints(this.#ask, this.sources);
    this.variables = new Variables(this.engine);
  }

  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** The frames of the stop, the innermost first; none while the cells run. */
  get frames(): readonly Frame[] | undefined {
    return this.#stop && this.#stop.params === this.#standing ? this.#stop.frames : undefined;
  }

  /** A page that is loaded again attaches again: where it is on, it stays as it is, and so does a stop. */
  attach(): Promise<void> {
    return this.turns.take(async () => {
      if (!this.#isAttached) await this.#connect();
      this.#isAttached = true;
      this.#parts.event('initialized', {});
    });
  }

  /** Whether to stop where an error is thrown. */
  pauseOnExceptions(isWanted: boolean): Promise<void> {
    return this.turns.take(async () => {
      this.mustBeAttached();
      this.#pausesOnExceptions = isWanted;
      await this.#setExceptions();
    });
  }

  /** Stops at the next line of the user's code. */
  pause(): Promise<void> {
    return this.turns.take(async () => {
      this.mustBeAttached();
      if (this.frames) return;
      this.#wish = { isPause: true };
      await this.#ask('Debugger.pause');
    });
  }

  /** What the engine says by itself. */
  heard(method: string, params: object): void {
    if (method === 'paused') this.#standing = params;
    if (method === 'resumed') this.#standing = undefined;
    const epoch = this.#epoch;
    void this.turns.take(async () => {
      if (epoch === this.#epoch) await this.#hear(method, params);
    });
  }

  /** A cell is about to run, once this is done: no step of an earlier one goes on, and nothing that was looked at is held. */
  async cellBegins(): Promise<void> {
    if (!this.frames && this.#wish.step) this.#wish = {};
    await this.turns.take(async () => {
      this.#isInCell = true;
      await this.release();
      await this.#stopAtScripts();
    });
  }

  /** Where scripts begin is stopped within a cell, and there alone. */
  async #stopAtScripts(): Promise<void> {
    if (this.#isAttached) await this.engine.stopAtScripts(this.#isInCell);
  }

  /** The cell is over: values can be read. */
  cellEnds(): Promise<void> {
    return this.turns.take(async () => {
      this.#isInCell = false;
      await this.#stopAtScripts().finally(() => this.turns.letRead());
    });
  }

  /** Lets go of the values that were looked at, unless the cells stand, where they can be looked into. Ask for it in order. */
  async release(): Promise<void> {
    if (this.frames) return;
    this.variables.forget();
    await this.engine.release();
  }

  async #hear(method: string, params: object): Promise<void> {
    try {
      if (method === 'scriptParsed') {
        const { scriptId, url, sourceMapURL } = params as Engine.ScriptParsedEventDataType;
        await this.#enter(scriptId, url, sourceMapURL);
      } else if (method === 'paused') {
        await this.#paused(params as Engine.PausedEventDataType);
      } else if (method === 'resumed' && this.#stop) {
        await this.#leave(); // Not by a request: an interrupt ended what stood.
      }
    } catch (error) {
      this.#parts.log(`debugger: ${method}: ${String(error)}`);
    }
  }

  /** The process of the cells has ended; a fresh one, without breakpoints, follows. */
  runnerEnded(): Promise<void> {
    this.#epoch += 1;
    this.#standing = undefined;
    return this.turns.take(async () => {
      this.engine.forget();
      this.variables.forget();
      this.#wish = {};
      if (this.#stop) this.#continued();
      if (this.#isAttached) await this.#connect().finally(() => this.turns.letRead());
    });
  }

  async #connect(): Promise<void> {
    this.sources.forget();
    this.breakpoints.forget();
    await this.engine.debug();
    await this.#setExceptions();
    // The scripts that the engine has announced are taken up before: that is evaluated in code which may be running.
    void this.turns.take(() => this.#stopAtScripts());
  }

  async #setExceptions(): Promise<void> {
    await this.#ask('Debugger.setPauseOnExceptions', { state: this.#pausesOnExceptions ? 'all' : 'none' });
  }

  /** The cells go on, and know nothing of a debugger any more. */
  end(): Promise<object> {
    return this.turns.take(async () => {
      this.#isAttached = false;
      this.#pausesOnExceptions = false;
      this.#wish = {};
      this.breakpoints.clear();
      if (this.#stop) this.#continued();
      await this.engine.disconnect().finally(() => this.turns.letRead());
      this.#epoch += 1;
      this.#standing = undefined;
      this.variables.forget();
      this.sources.forget();
      this.#parts.event('terminated', {});
      return {};
    });
  }

  /** @throws Error when nobody has attached */
  mustBeAttached(): void {
    if (!this.#isAttached) throw new Error('The debugger is not on: attach first.');
  }

  /** A frame of the stop, by id; the innermost without one. */
  frame(id: number | undefined): Frame {
    const { frames } = this;
    if (!frames) throw new Error('The cells do not stand: there are no frames.');
    const frame = id === undefined ? frames[0] : frames.find((each) => each.id === id);
    if (!frame) throw new Error('This frame is no longer there: the code ran on.');
    return frame;
  }

  /** A script of the user's begins to run, or was there before the debugger. */
  async #enter(scriptId: string, url: string, mapUrl?: string): Promise<void> {
    if (this.sources.has(scriptId)) return;
    const script = await this.sources.add(scriptId, url, mapUrl);
    if (script) await this.breakpoints.apply(script);
  }

  async #paused(params: Engine.PausedEventDataType): Promise<void> {
    const start = beginningScript(params);
    if (start) {
      await this.#enter(start.scriptId, start.url).catch((error: unknown) =>
        this.#parts.log(`debugger: ${start.url}: ${String(error)}`),
      );
      if (params.reason === 'instrumentation')
        return this.#onward(params, this.#wish.isPause ? 'Debugger.stepInto' : 'Debugger.resume');
    }
    const [top] = params.callFrames;
    const frames = framesOf(params, this.sources);
    const [first] = frames;
    const isUsers = top !== undefined && first?.call === top;
    const { step, isPause } = this.#wish;
    if (!isUsers) {
      // Code that the compiler put around the user's, or that nobody can see.
      const isAround = top !== undefined && this.sources.has(top.location.scriptId);
      if (step) return this.#onward(params, isAround ? step.kind : 'Debugger.stepOut');
      return this.#onward(params, isPause ? 'Debugger.stepInto' : 'Debugger.resume');
    }
    const reason = await reasonOf(params, first, this.breakpoints, this.#wish, {
      ask: this.#ask,
      compiled: (source, frame) => this.compiled(source, frame),
      failed: (output) => this.#parts.event('output', { category: 'stderr', output }),
    });
    const isOnTheWay = step && isSameLine(step, params, first.place);
    if (reason === undefined) return this.#onward(params, isOnTheWay ? step.kind : 'Debugger.resume');
    if (this.#standing !== params) return; // An interrupt ended it meanwhile.
    this.#wish = {};
    this.#stop = { params, frames };
    this.turns.letRead();
    this.#parts.event('stopped', { ...reason, threadId, allThreadsStopped: true });
  }

  /** Lets the engine go on from a pause that the user does not see, unless it has gone on: it may stand in the next one. */
  async #onward(params: object, kind: 'Debugger.resume' | StepStart['kind']): Promise<void> {
    if (this.#standing === params) await this.#ask(kind);
  }

  /** Lets the cells go on, by a step or for good. */
  go(kind: 'Debugger.resume' | StepStart['kind']): Promise<object> {
    return this.turns.take(async () => {
      const stop = this.#stop;
      if (!stop || !this.frames) throw new Error('The cells do not stand.');
      const { params, frames } = stop;
      this.#wish = kind === 'Debugger.resume' ? {} : { step: stepFrom(kind, params, frames[0]!.place) };
      await this.#leave();
      await this.#onward(stop.params, kind);
      return {};
    });
  }

  /** The user's stop is over: nothing of it is held. */
  async #leave(): Promise<void> {
    this.#continued();
    await this.release();
  }

  #continued(): void {
    this.#stop = undefined;
    this.#parts.event('continued', { threadId, allThreadsContinued: true });
  }

  /** JavaScript of what the user typed for a frame, or for the cells. */
  async compiled(source: string, frame: Frame | undefined): Promise<string> {
    const hiding = frame ? await hidingNames(frame, this.variables) : [];
    return this.#parts.expression(source, hiding);
  }

  /** Does what is asked of a frame; or, where the cells do not stand and none is meant, beside the queue when no cell runs. */
  async asked<T>(
    id: number | undefined,
    work: (frame: Frame | undefined, group: string) => Promise<T>,
  ): Promise<T> {
    if (id === undefined) await this.turns.reading(() => Promise.resolve());
    if (id === undefined && !this.frames) return this.engine.holding((group) => work(undefined, group));
    return this.turns.take(() => work(this.frame(id), heldGroup));
  }

  /** The value of what the user typed, by {@link asked}. */
  async evaluate(source: string, frame: Frame | undefined, group: string): Promise<Runtime.RemoteObject> {
    const expression = await this.compiled(source, frame);
    // What was compiled for one frame means something else in another.
    if (frame) return evaluateIn(this.frame(frame.id), expression, this.#ask);
    const { answer } = await this.turns.reading(() =>
      Promise.resolve({ answer: this.engine.evaluate(expression, group) }),
    );
    return answer;
  }
}
