/** What the debugger asks of the engine, by methods of V8's inspector protocol. */
import type { Debugger, Runtime } from 'node:inspector';

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
  'Debugger.setInstrumentationBreakpoint': object;
  'Debugger.setPauseOnExceptions': object;
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

/** The group of the user's values that the engine holds for those who look at them. */
export const heldGroup = 'streamtrain-values';

/** The way to the engine, which knows whether values are held there. */
export class Inspector {
  readonly #ask: Ask;
  #isHolding = false;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  readonly ask: Ask = (method, params) => {
    if (params && 'objectGroup' in params) this.#isHolding = true;
    return this.#ask(method, params);
  };

  /** Lets go of all values: the code runs on. */
  async release(): Promise<void> {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    await this.#ask('Runtime.releaseObjectGroup', { objectGroup: heldGroup });
  }

  /** Ends the session; nothing is held any more, nor is anything asked, or the engine would be connected again. */
  async disconnect(): Promise<void> {
    this.#isHolding = false;
    await this.#ask('disconnect');
  }

  /** The process that held them has ended. */
  forget(): void {
    this.#isHolding = false;
  }
}

/** Asks the engine; rejects with what it says. */
export type Ask = <Method extends keyof Methods>(method: Method, params?: object) => Promise<Methods[Method]>;

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
