/** How far long work is: a bar where a front end draws controls, a line elsewhere, nothing where nobody would see it. */
import { StatusLine } from '../terminal.ts';
import { HBox } from './boxes.ts';
import { displayMethod, drawsControls, kernelHook, type KernelHook } from './kernel-hook.ts';
import { IntProgress } from './sliders.ts';
import { Label } from './texts.ts';

/** What is known of a piece of work. */
export interface ProgressOptions {
  /** Who works: `writeToKafka`. */
  readonly title: string;
  /** What is counted: `rows`. */
  readonly unit: string;
  /** How many there are, if that is known. */
  readonly total?: number | undefined;
}

/** Work under way. */
export interface Progress {
  /** So much is done. Costs next to nothing when called often. */
  update(done: number, note?: string): void;
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
    if (hook) return drawsControls() ? barIn(hook, options) : lineIn(hook);
    return process.stderr.isTTY ? lineOnTerminal() : undefined;
  })();
  let [last, done, note] = [began + patienceMs - pauseMs, 0, ''];
  const line = () => lineOf(options, done, note, performance.now() - began);
  return {
    update(soFar, remark = '') {
      [done, note] = [soFar, remark];
      const now = performance.now();
      if (!place || now - last < place.pauseMs) return;
      last = now;
      place.draw(line(), done);
    },
    end() {
      if (performance.now() - began >= patienceMs) place?.end(line(), done);
    },
  };
}

interface Place {
  readonly pauseMs: number;
  draw(line: string, done: number): void;
  end(line: string, done: number): void;
}

function barIn(hook: KernelHook, { total }: ProgressOptions): Place {
  const bar = new IntProgress({ max: Math.max(total ?? 1, 1), layout: { width: '240px' } });
  const label = new Label();
  const box = new HBox([bar, label]);
  let isShown = false;
  const shown = () => {
    const data = box[displayMethod]() as Readonly<Record<string, unknown>>;
    return {
      [displayMethod]: () => ({
        ...data,
        'text/plain': label.value,
        'text/html': `<div>${label.value}</div>`,
      }),
    };
  };
  let handle: ReturnType<KernelHook['show']> | undefined;
  const set = (line: string, done: number) => {
    label.value = line;
    bar.value = Math.min(done, bar.max);
  };
  return {
    pauseMs,
    draw(line, done) {
      set(line, done);
      if (!isShown) handle = hook.show(shown());
      isShown = true;
    },
    end(line, done) {
      if (!isShown) return;
      if (total === undefined) bar.max = Math.max(done, 1);
      set(line, done);
      if (done >= bar.max) bar.barStyle = 'success';
      handle?.update(shown()); // what is stored with the notebook is the end
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

function lineOf({ title, unit, total }: ProgressOptions, done: number, note: string, ms: number): string {
  const of = total === undefined ? '' : ` of ${total}`;
  const remark = note === '' ? '' : `, ${note}`;
  return `${title}: ${done}${of} ${unit}${remark}, ${(ms / 1000).toFixed(1)} s`;
}
