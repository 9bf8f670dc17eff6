/** `interact`: a function that runs again whenever somebody moves one of its controls. */
import { AsyncResource } from 'node:async_hooks';
import { invalidOption } from '../options.ts';
import { VBox } from './boxes.ts';
import { Checkbox, Dropdown } from './choices.ts';
import { displayMethod, kernelHook, standsStill, type KernelHook } from './kernel-hook.ts';
import { Output } from './output.ts';
import { OutputList } from './output-list.ts';
import { FloatSlider, IntSlider } from './sliders.ts';
import { Text } from './texts.ts';
import { ValueWidget } from './value-widget.ts';

/** A control, or what stands for one: `[min, max, step]`, choices, a start for a check box or a field. */
export type ControlSpec =
  | readonly [min: number, max: number, step?: number]
  | readonly string[]
  | boolean
  | string
  | ValueWidget<unknown>;

/** The value that a {@link ControlSpec} gives. */
export type ControlValue<Spec> =
  Spec extends ValueWidget<infer T>
    ? T
    : Spec extends boolean
      ? boolean
      : Spec extends string
        ? string
        : Spec extends readonly number[]
          ? number
          : Spec extends readonly (infer Choice)[]
            ? Choice
            : never;

/**
 * Shows controls, and below them what `work` prints, shows and returns for their values; again at each change. A value that
 * comes while `work` is under way waits, and only the newest is taken up. A figure is a picture there, which changes
 * without a flash. In other kernels and in scripts `work` runs once, with the values to begin with.
 *
 * @returns settles when `work` has run for the first time and all is shown
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for what stands for no control, and what the first run throws; what
 *   later ones throw is shown in its place
 * @example
 * ```ts
 * const scores = [0.1, 0.4, 0.8];
 * await interact(({ threshold }) => console.log(scores.filter((score) => score > threshold).length, 'alarms'), {
 *   threshold: [0, 1, 0.01],
 * });
 * ```
 */
export async function interact<const Specs extends Readonly<Record<string, ControlSpec>>>(
  work: (values: { readonly [Name in keyof Specs]: ControlValue<Specs[Name]> }) => unknown,
  specs: Specs,
): Promise<void> {
  const controls = Object.entries(specs).map(([name, spec]) => [name, controlOf(name, spec)] as const);
  const values = () =>
    Object.fromEntries(controls.map(([name, control]) => [name, control.value])) as Parameters<
      typeof work
    >[0];
  const hook = kernelHook();
  if (!hook) {
    const still = controls.map(([, control]) => control.toText()).join('; ');
    console.log(`${still} (${standsStill})`);
    const value = await work(values());
    if (value !== undefined) console.log(value);
    return;
  }
  const output = new Output();
  const run = async (isFirst: boolean, isNewest = () => true): Promise<void> => {
    const list = new OutputList({ isStill: true });
    try {
      const value = await hook.capture(list, () => work(values()));
      if (value !== undefined) list.display(await hook.bundle(value));
    } catch (error) {
      if (isFirst) throw error;
      list.error(error);
    }
    if (isNewest()) output.replace(list);
  };
  await run(true);
  const again = latest(hook, (isNewest) => run(false, isNewest));
  for (const [, control] of controls) control.observe(again);
  const panel = new VBox([...controls.map(([, control]) => control), output]);
  hook.show({ [displayMethod]: () => panel[displayMethod]() });
}

/**
 * Calls `work`, one call after the other; of the calls asked for meanwhile, only one more. An interrupt may have cut off the
 * call under way, which then never ends: after one, the next call waits for no earlier one, which is the newest no more.
 */
function latest(hook: KernelHook, work: (isNewest: () => boolean) => Promise<void>): () => Promise<void> {
  let running: { readonly done: Promise<void>; readonly interrupts: number | undefined } | undefined;
  let isAsked = false;
  let last = 0;
  const go = async () => {
    const number = (last += 1);
    do {
      isAsked = false;
      await work(() => number === last);
      if (number !== last) return;
    } while (isAsked);
    running = undefined;
  };
  // In the context of the cell, whoever moved what.
  return AsyncResource.bind(() => {
    isAsked = true;
    if (running?.interrupts !== hook.interrupts) running = undefined;
    return (running ??= { interrupts: hook.interrupts, done: go() }).done;
  });
}

function controlOf(name: string, spec: ControlSpec): ValueWidget<unknown> {
  if (spec instanceof ValueWidget) {
    if (spec.description === '' && 'description' in spec) spec.description = name;
    return spec;
  }
  if (typeof spec === 'boolean') return new Checkbox({ description: name, value: spec });
  if (typeof spec === 'string') return new Text({ description: name, value: spec });
  if (Array.isArray(spec) && spec.length > 0 && spec.every((each) => typeof each === 'string'))
    return new Dropdown({ description: name, options: spec });
  if (isRange(spec)) {
    const [min, max, step] = spec;
    if ([min, max, step ?? 1].every(Number.isInteger))
      return new IntSlider({ description: name, min, max, step: step ?? 1 });
    return new FloatSlider({ description: name, min, max, ...steps(min, max, step) });
  }
  const expected = '[min, max, step], a list of texts, true or false, a text, or a control with a value';
  throw invalidOption(name, spec, expected);
}

function isRange(spec: unknown): spec is readonly [number, number, number?] {
  return (
    Array.isArray(spec) &&
    (spec.length === 2 || spec.length === 3) &&
    spec.every((each) => typeof each === 'number')
  );
}

/** The step, a hundredth of the way where none is given, and as many digits beside the slider as it has. */
function steps(min: number, max: number, step = (max - min) / 100): { step: number; readoutFormat: string } {
  const digits = Math.min(8, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
  return { step, readoutFormat: `.${digits}f` };
}
