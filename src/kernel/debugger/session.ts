/** A debug session: follows the engine from stop to stop, and lets it go on. */
import type { Debugger as Engine, Runtime } from 'node:inspector';
import type { Compiled } from '../contracts.ts';
import { Breakpoints, type Wanted } from './breakpoints.ts';
import { valueOf, type Ask } from './inspector.ts';
import { Sources } from './sources.ts';
import {
  evaluateIn,
  framesOf,
  hidingNames,
  isSameLine,
  stepFrom,
  type Frame,
  type StepStart,
} from './stop.ts';
import { Variables } from './variables.ts';

/** What the debugger needs of the kernel. */
export interface DebuggerParts {
  /** The engine of the cells' process. */
  readonly ask: Ask;
  /** JavaScript of an expression for a frame with these variables. */
  readonly expression: (source: string, locals: readonly string[]) => Promise<string>;
  /** Makes a name known to later cells. */
  readonly declare: (source: string) => Promise<Compiled>;
  /** Tells the front ends what happens. */
  readonly event: (event: string, body: object) => void;
  readonly log: (line: string) => void;
  /** Ending of the names of cells' files: `.ts`. */
  readonly extension: string;
}

/** There is one thread for all cells. */
export const threadId = 1;

/** Awaiting code is followed back so many times in the call stack. */
const asyncDepth = 16;

/** One session for one kernel; it may be ended and begun again. */
export class DebugSession {
  readonly sources: Sources;
  readonly breakpoints: Breakpoints;
  readonly variables: Variables;
  readonly #parts: DebuggerParts;
  readonly #ask: Ask;
  #isAttached = false;
  #pausesOnExceptions = false;
  #stop: { readonly params: Engine.PausedEventDataType; readonly frames: readonly Frame[] } | undefined;
  #step: StepStart | undefined;
  #isPauseAsked = false;
  #heard: Promise<void> = Promise.resolve();

  constructor(parts: DebuggerParts) {
    this.#parts = parts;
    this.#ask = parts.ask;
    this.sources = new Sources(parts.ask, parts.extension);
    this.breakpoints = new Breakpoints(parts.ask, this.sources);
    this.variables = new Variables(parts.ask);
  }

  get isAttached(): boolean {
    return this.#isAttached;
  }

  /** The frames of the stop, the innermost first; none while the cells run. */
  get frames(): readonly Frame[] | undefined {
    return this.#stop?.frames;
  }

  async attach(): Promise<void> {
    await this.#connect();
    this.#isAttached = true;
    this.#parts.event('initialized', {});
  }

  /** Whether to stop where an error is thrown. */
  async pauseOnExceptions(isWanted: boolean): Promise<void> {
    this.#pausesOnExceptions = isWanted;
    await this.#setExceptions();
  }

  /** Stops at the next line of the user's code. */
  async pause(): Promise<void> {
    if (this.#stop) return;
    this.#isPauseAsked = true;
    await this.#ask('Debugger.pause');
  }

  /** Settles when what the engine has said so far was looked at. */
  get heardAll(): Promise<void> {
    return this.#heard;
  }

  /** What the engine says by itself; looked at in order, one after the other. */
  heard(method: string, params: object): void {
    this.#heard = this.#heard.then(() => this.#hear(method, params));
  }

  async #hear(method: string, params: object): Promise<void> {
    try {
      if (method === 'scriptParsed') {
        const { scriptId, url } = params as Engine.ScriptParsedEventDataType;
        await this.#enter(scriptId, url);
      } else if (method === 'paused') {
        await this.#paused(params as Engine.PausedEventDataType);
      } else if (method === 'resumed' && this.#stop) {
        this.#leave(); // Not by a request: an interrupt ended what stood.
      }
    } catch (error) {
      this.#parts.log(`debugger: ${method}: ${String(error)}`);
    }
  }

  /** The process of the cells has ended; a fresh one, without breakpoints, follows. */
  async runnerEnded(): Promise<void> {
    this.sources.forget();
    this.breakpoints.forget();
    if (this.#stop) this.#leave();
    if (this.#isAttached) await this.#connect();
  }

  async #connect(): Promise<void> {
    await this.#ask('Debugger.enable');
    await this.#ask('Debugger.setAsyncCallStackDepth', { maxDepth: asyncDepth });
    await this.#ask('Debugger.setInstrumentationBreakpoint', { instrumentation: 'beforeScriptExecution' });
    await this.#setExceptions();
  }

  async #setExceptions(): Promise<void> {
    await this.#ask('Debugger.setPauseOnExceptions', { state: this.#pausesOnExceptions ? 'all' : 'none' });
  }

  /** The cells go on, and know nothing of a debugger any more. */
  async end(): Promise<object> {
    this.#isAttached = false;
    this.#pausesOnExceptions = false;
    this.#step = undefined;
    this.breakpoints.clear();
    await this.#ask('disconnect');
    this.sources.forget();
    if (this.#stop) this.#leave();
    this.#parts.event('terminated', {});
    return {};
  }

  /** @throws Error when nobody has attached */
  mustBeAttached(): void {
    if (!this.#isAttached) throw new Error('The debugger is not on: attach first.');
  }

  /** A frame of the stop, by id; the innermost without one. */
  frame(id: number | undefined): Frame {
    if (!this.#stop) throw new Error('The cells do not stand: there are no frames.');
    const frame = id === undefined ? this.#stop.frames[0] : this.#stop.frames.find((each) => each.id === id);
    if (!frame) throw new Error('This frame is no longer there: the code ran on.');
    return frame;
  }

  /** A script of the user's begins to run, or was there before the debugger. */
  async #enter(scriptId: string, url: string): Promise<void> {
    if (this.sources.has(scriptId)) return;
    const script = await this.sources.add(scriptId, url);
    if (script) await this.breakpoints.apply(script);
  }

  async #paused(params: Engine.PausedEventDataType): Promise<void> {
    const start = beginningScript(params);
    if (start) {
      await this.#enter(start.scriptId, start.url).catch((error: unknown) =>
        this.#parts.log(`debugger: ${start.url}: ${String(error)}`),
      );
      if (params.reason === 'instrumentation') return void (await this.#ask('Debugger.resume'));
    }
    const [top] = params.callFrames;
    const frames = framesOf(params, this.sources);
    const [first] = frames;
    const isUsers = top !== undefined && first?.call === top;
    const step = this.#step;
    if (!isUsers) {
      // Code that the compiler put around the user's, or that nobody can see.
      const isAround = top !== undefined && this.sources.has(top.location.scriptId);
      if (step) return void (await this.#ask(isAround ? step.kind : 'Debugger.stepOut'));
      if (this.#isPauseAsked) return void (await this.#ask('Debugger.stepInto'));
      return void (await this.#ask('Debugger.resume'));
    }
    this.#stop = { params, frames };
    const reason = await this.#reason(params, first);
    if (reason === undefined) {
      this.#stop = undefined;
      return void (await this.#ask(
        step && isSameLine(step, params, first.place) ? step.kind : 'Debugger.resume',
      ));
    }
    this.#step = undefined;
    this.#isPauseAsked = false;
    this.#parts.event('stopped', { ...reason, threadId, allThreadsStopped: true });
  }

  /** Why the user sees this stop; nothing where it is none for him. */
  async #reason(params: Engine.PausedEventDataType, frame: Frame): Promise<object | undefined> {
    const hits = (params.hitBreakpoints ?? []).flatMap((id) => this.breakpoints.wanted(id) ?? []);
    const met = [];
    for (const wanted of hits) if (await this.#isMet(wanted, frame)) met.push(wanted);
    if (met.length > 0) return { reason: 'breakpoint' };
    if (params.reason === 'exception' || params.reason === 'promiseRejection') {
      const { description } = (params.data ?? {}) as { description?: string };
      return {
        reason: 'exception',
        description: 'Paused on exception',
        text: description?.split('\n    at ')[0] ?? '',
      };
    }
    if (this.#step) return isSameLine(this.#step, params, frame.place) ? undefined : { reason: 'step' };
    if (this.#isPauseAsked) return { reason: 'pause' };
    // A `debugger` statement; the end of a step that was forgotten is none.
    return hits.length === 0 ? { reason: 'breakpoint', description: 'Paused' } : undefined;
  }

  async #isMet({ condition, logMessage }: Wanted, frame: Frame): Promise<boolean> {
    try {
      if (condition) {
        const { result } = await this.#ask('Debugger.evaluateOnCallFrame', {
          callFrameId: frame.call!.callFrameId,
          expression: `Boolean(${(await this.compiled(condition, frame.id)).replace(/;\s*$/, '')})`,
          silent: true,
        });
        if (result.value !== true) return false;
      }
      if (!logMessage) return true;
      const text = `\`${logMessage.replaceAll(/[`\\]|\$(?=\{)/g, '\\$&').replaceAll('{', '${')}\``;
      await this.evaluate(`console.log(${text})`, frame.id);
    } catch (error) {
      this.#parts.event('output', { category: 'stderr', output: `Breakpoint: ${String(error)}\n` });
      return true; // The user has to see that it cannot be evaluated.
    }
    return false;
  }

  /** Lets the cells go on, by a step or for good. */
  async go(kind: 'Debugger.resume' | StepStart['kind']): Promise<object> {
    const stop = this.#stop;
    if (!stop) throw new Error('The cells do not stand.');
    const [first] = stop.frames;
    this.#step = kind === 'Debugger.resume' || !first ? undefined : stepFrom(kind, stop.params, first.place);
    this.#leave();
    await this.#ask(kind);
    return {};
  }

  #leave(): void {
    this.#stop = undefined;
    this.variables.release().catch(() => undefined); // The process may just have ended.
    this.#parts.event('continued', { threadId, allThreadsContinued: true });
  }

  /** JavaScript of what the user typed for a frame, or for the cells where they do not stand. */
  async compiled(source: string, frameId: number | undefined): Promise<string> {
    const hiding = this.#stop ? await hidingNames(this.frame(frameId), this.variables) : [];
    return this.#parts.expression(source, hiding);
  }

  /** The value of what the user typed. */
  async evaluate(source: string, frameId: number | undefined): Promise<Runtime.RemoteObject> {
    const expression = await this.compiled(source, frameId);
    if (this.#stop) return evaluateIn(this.frame(frameId), expression, this.#ask);
    return valueOf(
      await this.#ask('Runtime.evaluate', { expression, silent: true, replMode: true, awaitPromise: true }),
    );
  }
}

/** The script that is about to run, where that is why the engine paused, alone or among other reasons. */
function beginningScript({
  reason,
  data,
}: Engine.PausedEventDataType): { scriptId: string; url: string } | undefined {
  type Start = { scriptId: string; url: string };
  if (reason === 'instrumentation') return data as Start;
  const { reasons = [] } = (data ?? {}) as { reasons?: readonly { reason: string; auxData?: object }[] };
  return reasons.find((each) => each.reason === 'instrumentation')?.auxData as Start | undefined;
}
