/** How far long work is: a bar where a front end draws controls, a line elsewhere, nothing where nobody would see it. */
import { StatusLine } from '../terminal.ts';
import { HBox } from './boxes.ts';
import { displayMethod, drawsControls, kernelHook, type Json, type KernelHook } from './kernel-hook.ts';
import { IntProgress } from './sliders.ts';
import { Label } from './texts.ts';
import { escaped } from './widget.ts';

/** What is known of a piece of work. */
export interface ProgressOptions {
  /** Who works: `writeToKafka`. */
  readonly title: string;
  /** What is counted: `rows`. */
  readonly unit: string;
  /** How many there are, if that is known. */
  readonly total?: number | undefined;
}

/** What may have become known meanwhile. */
export interface ProgressNews {
  /** A remark, such as the loss. */
  readonly note?: string;
  readonly total?: number | undefined;
}

/** Work under way. */
export interface Progress {
  /** So much is done. Costs next to nothing when called often. */
  update(done: number, news?: ProgressNews): void;
  /** The work is over, whether well or not. */
  end(): void;
}

/** Work that is over sooner is not shown, in ms. */
const patienceMs = 500;
/** Pictures are so far apart, in ms; lines that stay, ten times as far. */
const pauseMs = 100;

/**
 * Begins to show how far work is.
 *
 * @example
 * ```ts
 * const progress = showProgress({ title: 'writeToKafka', unit: 'rows', total: items.length });
 * progress.update(100);
 * progress.end();
 * ```
 */
export function showProgress(options: ProgressOptions): Progress {
  const began = performance.now();
  const hook = kernelHook();
  const place = (() => {
    if (hook) return drawsControls() ? barIn(hook) : lineIn(hook);
    return process.stderr.isTTY ? lineOnTerminal() : undefined;
  })();
  let last = began + patienceMs;
  const state: State = { done: 0, total: options.total, note: '' };
  const line = () => lineOf(options, state, performance.now() - began);
  return {
    update(done, { note = '', total = options.total } = {}) {
      Object.assign(state, { done, note, total });
      const now = performance.now();
      if (!place || now < last) return;
      last = now + place.pauseMs;
      place.draw(line(), state);
    },
    end() {
      place?.end(line(), state);
    },
  };
}

interface State {
  readonly done: number;
  readonly total: number | undefined;
  readonly note: string;
}

interface Place {
  readonly pauseMs: number;
  draw(line: string, state: State): void;
  /** Nothing is begun here: work that was over soon leaves nothing. */
  end(line: string, state: State): void;
}

function barIn(hook: KernelHook): Place {
  const bar = new IntProgress({ max: 1, layout: { width: '240px' } });
  const label = new Label();
  const box = new HBox([bar, label]);
  let handle: ReturnType<KernelHook['show']> | undefined;
  const shown = (view: Json) => {
    const twin = { 'text/plain': label.value, 'text/html': `<div>${escaped(label.value)}</div>` };
    return { [displayMethod]: () => ({ ...view, ...twin }) };
  };
  const set = (line: string, done: number, total: number) => {
    label.value = line;
    if (total > bar.max) bar.max = total;
    bar.value = Math.min(done, total);
    if (total < bar.max) bar.max = total;
  };
  return {
    pauseMs,
    draw(line, { done, total = 0 }) {
      set(line, total === 0 ? 0 : done, Math.max(total, 1));
      handle ??= hook.show(shown(box[displayMethod]() as Json));
    },
    end(line, { done, total = done }) {
      if (!handle) return;
      set(line, done, Math.max(total, 1));
      // What is stored with the notebook is the end, which moves no more.
      handle.update(shown({}));
      for (const widget of [box, bar, label]) widget.close();
    },
  };
}

function lineIn(hook: KernelHook): Place {
  let handle: ReturnType<KernelHook['show']> | undefined;
  const draw = (line: string) => {
    const value = { [displayMethod]: () => ({ 'text/plain': line }) };
    if (handle) handle.update(value);
    else handle = hook.show(value);
  };
  return { pauseMs: 10 * pauseMs, draw, end: (line) => handle && draw(line) };
}

function lineOnTerminal(): Place {
  const status = new StatusLine(process.stderr);
  return { pauseMs, draw: (line) => status.draw(() => line), end: () => status.wipe() };
}

function lineOf({ title, unit }: ProgressOptions, { done, total, note }: State, ms: number): string {
  const of = total === undefined ? '' : ` of ${total}`;
  const remark = note === '' ? '' : `, ${note}`;
  return `${title}: ${done}${of} ${unit}${remark}, ${(ms / 1000).toFixed(1)} s`;
}
