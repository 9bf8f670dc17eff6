/** Why the user sees a stop of the cells, if he sees it: a breakpoint whose condition holds, an error, a step, a wish. */
import type { Debugger as Engine } from 'node:inspector';
import type { Breakpoints, Wanted } from './breakpoints.ts';
import type { Ask } from './inspector.ts';
import { evaluateIn, isSameLine, type Frame, type StepStart } from './stop.ts';

/** What the user wants of the code that runs. */
export interface Wish {
  readonly step?: StepStart | undefined;
  /** Stop at the next line. */
  readonly isPause?: boolean;
}

/** What breakpoints need for their conditions and messages. */
interface Evaluation {
  readonly ask: Ask;
  /** JavaScript of what the user typed for a frame. */
  readonly compiled: (source: string, frame: Frame) => Promise<string>;
  /** Says what cannot be evaluated. */
  readonly failed: (problem: string) => void;
}

/** As the `stopped` event says it; nothing where the stop is none for the user. Messages of breakpoints are printed. */
export async function reasonOf(
  params: Engine.PausedEventDataType,
  frame: Frame,
  breakpoints: Breakpoints,
  { step, isPause }: Wish,
  evaluation: Evaluation,
): Promise<object | undefined> {
  const hits = (params.hitBreakpoints ?? []).flatMap((id) => breakpoints.wanted(id));
  const met = [];
  for (const wanted of hits) if (await isMet(wanted, frame, evaluation)) met.push(wanted);
  if (met.length > 0) return { reason: 'breakpoint' };
  if (params.reason === 'exception' || params.reason === 'promiseRejection') {
    const { description } = (params.data ?? {}) as { description?: string };
    const text = description?.split('\n    at ')[0] ?? '';
    return { reason: 'exception', description: 'Paused on exception', text };
  }
  if (step) return isSameLine(step, params, frame.place) ? undefined : { reason: 'step' };
  if (isPause) return { reason: 'pause' };
  // A `debugger` statement; the end of a step that was forgotten is none.
  return hits.length === 0 ? { reason: 'breakpoint', description: 'Paused' } : undefined;
}

async function isMet(
  { condition, logMessage }: Wanted,
  frame: Frame,
  { ask, compiled, failed }: Evaluation,
): Promise<boolean> {
  try {
    if (condition) {
      const code = (await compiled(condition, frame)).replace(/;\s*$/, '');
      const { value } = (await evaluateIn(frame, `Boolean(${code})`, ask)) as { readonly value?: unknown };
      if (value !== true) return false;
    }
    if (!logMessage) return true;
    const text = logMessage.replaceAll(/[`\\]|\$(?=\{)/g, '\\$&').replaceAll('{', '${');
    await evaluateIn(frame, await compiled(`console.log(\`${text}\`)`, frame), ask);
  } catch (error) {
    failed(`Breakpoint: ${String(error)}\n`);
    return true; // The user has to see that it cannot be evaluated.
  }
  return false;
}
