/** What the debugger asks of the engine, by methods of V8's inspector protocol, and in which order. */
import type { Debugger, Runtime } from 'node:inspector';
import { Turns } from '../../process/waiting.ts';
import { hooks } from '../cell-names.ts';
import type { Compiled } from '../contracts.ts';

/** The requests that are used, with what comes back. */
interface Methods {
  'Debugger.enable': object;
  'Debugger.disable': object;
  'Debugger.pause': object;
  'Debugger.resume': object;
  'Debugger.stepInto': object;
  'Debugger.stepOut': object;
  'Debugger.stepOver': object;
  'Debugger.evaluateOnCallFrame': Debugger.EvaluateOnCallFrameReturnType;
  'Debugger.getPossibleBreakpoints': Debugger.GetPossibleBreakpointsReturnType;
  'Debugger.removeBreakpoint': object;
  'Debugger.setAsyncCallStackDepth': object;
  'Debugger.setBreakpoint': Debugger.SetBreakpointReturnType;
  'Debugger.setInstrumentationBreakpoint': { readonly breakpointId: string };
  'Debugger.setPauseOnExceptions': object;
  'Runtime.awaitPromise': Runtime.AwaitPromiseReturnType;
  'Runtime.callFunctionOn': Runtime.CallFunctionOnReturnType;
  'Runtime.evaluate': Runtime.EvaluateReturnType;
  'Runtime.getProperties': Runtime.GetPropertiesReturnType & {
    readonly privateProperties?: readonly Runtime.PropertyDescriptor[];
  };
  'Runtime.globalLexicalScopeNames': Runtime.GlobalLexicalScopeNamesReturnType;
  'Runtime.releaseObjectGroup': object;
  /** Not the engine's: ends the session. */
  disconnect: object;
}

/** Asks the engine; rejects with what it says. */
export type Ask = <Method extends keyof Methods>(method: Method, params?: object) => Promise<Methods[Method]>;

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
  /** Whether a cell runs. */
  readonly isInCell: () => boolean;
  /** Ending of the names of cells' files: `.ts`. */
  readonly extension: string;
}

/** The group of the user's values that the engine holds for what is asked in order. */
export const heldGroup = 'streamtrain-values';

/** Awaiting code is followed back so many times in the call stack. */
const asyncDepth = 16;

/** The way to the engine, which knows what is held there. */
export class Inspector {
  readonly #ask: Ask;
  readonly #groups = new Set<string>();
  #evaluations = 0;
  /** Counts what held values: sessions, and processes of the cells. */
  #session = 0;
  #hook: Promise<Runtime.RemoteObject> | undefined;
  /** The engine's id of the stop where scripts begin. */
  #atScripts: string | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  readonly ask: Ask = (method, params) => {
    if (params && 'objectGroup' in params && params.objectGroup === heldGroup) this.#groups.add(heldGroup);
    return this.#ask(method, params);
  };

  /** Begins to debug, also after an attempt that failed half-way: the engine says again which scripts it has. */
  async debug(): Promise<void> {
    await this.#ask('Debugger.disable');
    this.#atScripts = undefined;
    await this.#ask('Debugger.enable');
    await this.#ask('Debugger.setAsyncCallStackDepth', { maxDepth: asyncDepth });
  }

  /**
   * Whether the engine stops where a script begins, so that it has its breakpoints before its first line.
   *
   * Keep it off while values are read of code that runs: what is evaluated then is a script, which begins between two
   * instructions of that code. Where those enter a function, V8 ends the process (`needs_context` in its scopes; Node 20.20).
   */
  async stopAtScripts(isWanted: boolean): Promise<void> {
    const breakpointId = this.#atScripts;
    if (isWanted === (breakpointId !== undefined)) return;
    this.#atScripts = undefined;
    if (breakpointId !== undefined) await this.#ask('Debugger.removeBreakpoint', { breakpointId });
    else {
      const instrumentation = 'beforeScriptExecution';
      const set = await this.#ask('Debugger.setInstrumentationBreakpoint', { instrumentation });
      this.#atScripts = set.breakpointId;
    }
  }

  /** Does what may wait for the user's code. Its values are in a group of their own, which no release reaches before it is over. */
  async holding<T>(work: (objectGroup: string) => Promise<T>): Promise<T> {
    this.#evaluations += 1;
    const group = `${heldGroup}-${this.#evaluations}`;
    const session = this.#session;
    try {
      return await work(group);
    } finally {
      if (session === this.#session) this.#groups.add(group);
    }
  }

  /** The value of JavaScript for the cells, where they do not stand; it may await. */
  async evaluate(expression: string, objectGroup: string): Promise<Runtime.RemoteObject> {
    const how = { silent: true, objectGroup };
    if (!/\bawait\b/.test(expression))
      return valueOf(await this.#ask('Runtime.evaluate', { expression, ...how }));
    const code = expression.replace(/;\s*$/, '');
    // In a list, or a promise that comes of it would be awaited, too. What is no expression has no value.
    const body = code.startsWith('(') ? `[${code}]` : `{ ${code}\n; return [undefined]; }`;
    const list = `(async () => ${body})()`;
    const { objectId } = valueOf(await this.#ask('Runtime.evaluate', { expression: list, ...how }));
    const held = valueOf(await this.#ask('Runtime.awaitPromise', { promiseObjectId: objectId }));
    const inside = { objectId: held.objectId, ownProperties: true };
    const { result } = await this.#ask('Runtime.getProperties', inside);
    return result.find(({ name }) => name === '0')!.value!;
  }

  /** The kernel's own part in the process of the cells, held for as long as the session lasts. */
  async hook(): Promise<Runtime.RemoteObject> {
    this.#hook ??= this.#ask('Runtime.evaluate', { expression: hooks.debug, silent: true }).then(valueOf);
    this.#hook.catch(() => (this.#hook = undefined));
    return this.#hook;
  }

  /** Lets go of the values: the code runs on. */
  async release(): Promise<void> {
    const groups = [...this.#groups];
    this.#groups.clear();
    for (const objectGroup of groups) await this.#ask('Runtime.releaseObjectGroup', { objectGroup });
  }

  /** Ends the session. Nothing may be asked after it, or the engine would be connected again. */
  async disconnect(): Promise<void> {
    this.forget();
    await this.#ask('disconnect');
  }

  /** What held the values has ended. */
  forget(): void {
    this.#session += 1;
    this.#groups.clear();
    this.#atScripts = undefined;
    this.#hook = undefined;
  }
}

/**
 * Whose turn it is: one after the other, in the order of asking. Nothing that waits for the user's code may wait here, or no
 * request could let that go on.
 */
export class ReadTurns extends Turns {
  readonly #mayRead: () => boolean;
  readonly #readers = new Set<() => void>();

  /** @param mayRead whether values can be read now */
  constructor(mayRead: () => boolean) {
    super();
    this.#mayRead = mayRead;
  }

  /** Does it in turn, when values can be read; others have their turn until {@link letRead}. */
  async reading<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const { read, later } = await this.take(async () =>
        this.#mayRead()
          ? { read: { value: await work() } }
          : { later: new Promise<void>((resolve) => this.#readers.add(resolve)) },
      );
      if (read) return read.value;
      await later;
    }
  }

  /** Those who wait to read look again. */
  letRead(): void {
    for (const read of this.#readers) read();
    this.#readers.clear();
  }
}

/** The value of an evaluation, or the error that it threw, as text. */
export function valueOf(answer: Debugger.EvaluateOnCallFrameReturnType): Runtime.RemoteObject {
  const { result, exceptionDetails } = answer;
  if (!exceptionDetails) return result;
  throw new Error(exceptionDetails.exception?.description?.split('\n    at ')[0] ?? exceptionDetails.text);
}

/** A value as an argument of a call. */
export function argumentOf({ objectId, unserializableValue, value }: Runtime.RemoteObject): object {
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value: value as unknown } : { unserializableValue };
}
