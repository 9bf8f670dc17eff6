/** One stop of the cells: its frames, what is in them, and code that is evaluated there. */
import type { Debugger, Runtime } from 'node:inspector';
import { withoutMarks } from '../cell-names.ts';
import { heldGroup, valueOf, type Ask } from './inspector.ts';
import type { Place, Sources } from './sources.ts';
import type { Variables } from './variables.ts';

/** A frame of the user's code. */
export interface Frame {
  readonly id: number;
  readonly name: string;
  readonly place: Place;
  /** None for what waits for the code that stands: it can be seen, not looked into. */
  readonly call?: Debugger.CallFrame;
}

/** Scopes whose variables are the frame's own, and those of functions around it. */
const own = new Set(['local', 'block', 'catch', 'with', 'eval']);

let lastFrame = 0;

/** The frames of the user's code, the innermost first; those of packages and of the kernel are left out. */
export function framesOf(params: Debugger.PausedEventDataType, sources: Sources): readonly Frame[] {
  const frames: Frame[] = [];
  const add = (name: string, place: Place | undefined, call?: Debugger.CallFrame) => {
    if (!place) return;
    lastFrame += 1;
    frames.push({ id: lastFrame, name: withoutMarks(name) || place.label, place, ...(call && { call }) });
  };
  for (const call of params.callFrames) {
    const { scriptId, lineNumber, columnNumber = 0 } = call.location;
    add(call.functionName, sources.place(scriptId, lineNumber, columnNumber), call);
  }
  for (let stack = params.asyncStackTrace; stack; stack = stack.parent) {
    for (const { functionName, scriptId, lineNumber, columnNumber } of stack.callFrames)
      add(functionName, sources.place(scriptId, lineNumber, columnNumber));
  }
  return frames;
}

/** The scopes of a frame as DAP has them. The cells' variables come first where the frame has none of its own. */
export async function scopesOf({ call }: Frame, variables: Variables): Promise<readonly object[]> {
  if (!call) return [];
  const scope = (name: string, variablesReference: number, expensive = false) => ({
    name,
    variablesReference,
    expensive,
  });
  const { locals, closures, module } = scopeObjects(call);
  const self = call.this.type === 'object' && call.this.className !== 'global' ? call.this : undefined;
  const hold = (objects: readonly string[], it?: Runtime.RemoteObject) =>
    variables.hold({ kind: 'scopes', objects, self: it });
  const names = await variables.names(locals);
  const frames = [scope('Locals', hold(locals, self))];
  if ((await variables.names(closures)).length > 0) frames.push(scope('Closure', hold(closures)));
  if (module.length > 0) frames.push(scope('Module', hold(module)));
  const cells = scope('Cells', variables.hold({ kind: 'cells' }));
  return names.length === 0 && !self ? [cells, ...frames] : [...frames, cells];
}

/** Names that hide those of cells in a frame. */
export async function hidingNames({ call }: Frame, variables: Variables): Promise<readonly string[]> {
  if (!call) return [];
  const { locals, closures, module } = scopeObjects(call);
  return variables.names([...locals, ...closures, ...module]);
}

/** Evaluates compiled code in a frame. */
export async function evaluateIn(
  { call, name }: Frame,
  expression: string,
  ask: Ask,
): Promise<Runtime.RemoteObject> {
  if (!call) throw new Error(`${name} waits for the code that stands: nothing can be evaluated in it.`);
  const { callFrameId } = call;
  const how = { callFrameId, expression, silent: true, objectGroup: heldGroup };
  return valueOf(await ask('Debugger.evaluateOnCallFrame', how));
}

function scopeObjects({
  scopeChain,
}: Debugger.CallFrame): Record<'locals' | 'closures' | 'module', string[]> {
  const found: Record<'locals' | 'closures' | 'module', string[]> = { locals: [], closures: [], module: [] };
  let isInside = true;
  for (const { type, object } of scopeChain) {
    const id = object.objectId;
    if (id === undefined || type === 'global' || type === 'script') continue;
    if (type === 'module') found.module.push(id);
    else found[isInside && own.has(type) ? 'locals' : 'closures'].push(id);
    if (type === 'local') isInside = false;
  }
  return found;
}

/** Where a step began, so that one step is one line. */
export interface StepStart {
  readonly kind: 'Debugger.stepInto' | 'Debugger.stepOut' | 'Debugger.stepOver';
  readonly depth: number;
  readonly functionAt: string;
  readonly place: Place;
}

/** What is noted of a stop before a step leaves it. */
export function stepFrom(
  kind: StepStart['kind'],
  params: Debugger.PausedEventDataType,
  place: Place,
): StepStart {
  return { kind, place, depth: params.callFrames.length, functionAt: functionAt(params) };
}

/**
 * Whether a step came to another statement of the line on which it began: an import of five names is five of them. A loop
 * that comes back to where the step began is a step.
 */
export function isSameLine(
  step: StepStart,
  params: Debugger.PausedEventDataType,
  { path, line, column }: Place,
): boolean {
  const { place, depth } = step;
  const isFrame = depth === params.callFrames.length && step.functionAt === functionAt(params);
  return isFrame && path === place.path && line === place.line && column !== place.column;
}

function functionAt({ callFrames: [top] }: Debugger.PausedEventDataType): string {
  const { scriptId, lineNumber, columnNumber = 0 } = top?.functionLocation ?? top!.location;
  return `${scriptId}:${lineNumber}:${columnNumber}`;
}

/** The script that is about to run, where that is why the engine paused, alone or among other reasons. */
export function beginningScript({
  reason,
  data,
}: Debugger.PausedEventDataType): { scriptId: string; url: string } | undefined {
  type Start = { scriptId: string; url: string };
  if (reason === 'instrumentation') return data as Start;
  const { reasons = [] } = (data ?? {}) as { reasons?: readonly { reason: string; auxData?: object }[] };
  return reasons.find((each) => each.reason === 'instrumentation')?.auxData as Start | undefined;
}
