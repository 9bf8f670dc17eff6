/** Controls that choose: one of several values, yes or no. */
import { checkOneOf, invalidOption, refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { Json } from './kernel-hook.ts';
import { labelOf } from './sliders.ts';
import { ValueWidget } from './value-widget.ts';
import { controlKind, widgetNames, type WidgetKind, type WidgetOptions } from './widget.ts';

/** Options of {@link Dropdown} and {@link ToggleButtons}. */
export interface ChoiceOptions<T> extends WidgetOptions {
  /** What there is to choose: values, or values by the text that stands for them. */
  options: readonly T[] | Readonly<Record<string, T>>;
  /** Default: the first. */
  value?: T;
}

const choiceNames: OptionNames<ChoiceOptions<unknown>> = { ...widgetNames, options: true, value: true };

abstract class Choice<T> extends ValueWidget<T> {
  readonly #values: readonly T[];

  protected constructor(of: string, kind: WidgetKind, options: ChoiceOptions<T>, more: Json) {
    refuseUnknownOptions(of, options, choiceNames);
    const { options: given, disabled = false } = options;
    if (typeof given !== 'object' || given === null)
      throw invalidOption('options', given, 'a list or an object');
    const entries: readonly (readonly [string, T])[] = Array.isArray(given)
      ? (given as readonly T[]).map((value) => [String(value), value] as const)
      : Object.entries(given as Readonly<Record<string, T>>);
    if (entries.length === 0) throw invalidOption('options', given, 'at least one');
    const values = entries.map(([, value]) => value);
    const index = options.value === undefined ? 0 : indexOf(values, options.value);
    super(
      kind,
      { ...options, disabled },
      { _options_labels: entries.map(([label]) => label), index, ...more },
    );
    this.#values = values;
  }

  override toText(): string {
    const { _options_labels: labels, index } = this.state as { _options_labels: string[]; index: number };
    return `${this.constructor.name} ${labelOf(this)}${labels[index]} (of ${labels.join(', ')})`;
  }

  protected override valueIn({ index }: Json): T | undefined {
    return typeof index === 'number' ? this.#values[index] : undefined;
  }

  protected override stateFor(value: T): Json {
    return { index: indexOf(this.#values, value) };
  }
}

function indexOf<T>(values: readonly T[], value: T): number {
  const index = values.indexOf(value);
  if (index < 0)
    throw invalidOption('value', value, `one of the options, of which there are ${values.length}`);
  return index;
}

/**
 * A list that opens, to choose one value.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const loss = new Dropdown({ description: 'loss', options: ['binaryCrossentropy', 'meanSquaredError'] });
 * ```
 */
export class Dropdown<T> extends Choice<T> {
  constructor(options: ChoiceOptions<T>) {
    super('Dropdown', controlKind('Dropdown', 'Description'), options, {});
  }
}

/**
 * A row of buttons of which one is pressed.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const run = new ToggleButtons({ description: 'training', options: ['go on', 'pause'] });
 * await run.until((state) => state === 'go on');
 * ```
 */
export class ToggleButtons<T> extends Choice<T> {
  constructor(options: ChoiceOptions<T>) {
    const more = { button_style: '', icons: [], tooltips: [] };
    super('ToggleButtons', controlKind('ToggleButtons', 'ToggleButtons'), options, more);
  }
}

/** Options of {@link Checkbox}. */
export interface CheckboxOptions extends WidgetOptions {
  /** Default false. */
  value?: boolean;
}

const checkboxNames: OptionNames<CheckboxOptions> = { ...widgetNames, value: true };

/**
 * Yes or no.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const shuffled = new Checkbox({ description: 'shuffle', value: true });
 * ```
 */
export class Checkbox extends ValueWidget<boolean> {
  constructor(options: CheckboxOptions = {}) {
    refuseUnknownOptions('Checkbox', options, checkboxNames);
    const { value = false, disabled = false } = options;
    const state = { ...answerOf(value), indent: false };
    super(controlKind('Checkbox', 'Checkbox'), { ...options, disabled }, state);
  }

  override toText(): string {
    return `Checkbox ${labelOf(this)}${this.value ? 'yes' : 'no'}`;
  }

  protected override valueIn({ value }: Json): boolean | undefined {
    return typeof value === 'boolean' ? value : undefined;
  }

  protected override stateFor(value: boolean): Json {
    return answerOf(value);
  }
}

function answerOf(value: unknown): { readonly value: boolean } {
  return { value: checkOneOf('value', value, [true, false]) };
}
