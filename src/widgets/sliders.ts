/** Controls of a number: sliders, whole, fractional and by powers, and a bar that only shows one. */
import { checkInteger, checkNumber, checkOneOf, invalidOption, refuseUnknownOptions } from '../options.ts';
import type { OptionNames } from '../options.ts';
import type { Json } from './kernel-hook.ts';
import { ValueWidget } from './value-widget.ts';
import { controlKind, escaped, widgetNames, type WidgetKind, type WidgetOptions } from './widget.ts';

/** Options of {@link IntSlider} and {@link FloatSlider}. */
export interface SliderOptions extends WidgetOptions {
  /** Default: the middle. */
  value?: number;
  /** Default 0. */
  min?: number;
  /** Default 100; of a {@link FloatSlider} 1. */
  max?: number;
  /** Default 1; of a {@link FloatSlider} 0.01. */
  step?: number;
  orientation?: 'horizontal' | 'vertical';
  /** Tell values while the user drags (default true), or only the one where he lets go. */
  continuousUpdate?: boolean;
  /** How the number beside it is written, in the manner of d3-format, such as `.3f`. */
  readoutFormat?: string;
}

const sliderNames: OptionNames<SliderOptions> = {
  ...widgetNames,
  ...{ value: true, min: true, max: true, step: true, orientation: true },
  ...{ continuousUpdate: true, readoutFormat: true },
};

interface Range {
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

abstract class Slider extends ValueWidget<number> {
  protected constructor(
    kind: WidgetKind,
    options: SliderOptions,
    state: Range & { readonly step: number },
    more: Json,
  ) {
    const { orientation = 'horizontal', continuousUpdate = true, disabled = false } = options;
    checkOneOf('orientation', orientation, ['horizontal', 'vertical']);
    checkNumber('step', state.step, { above: 0 });
    super(
      kind,
      { ...options, disabled },
      {
        ...{ ...state, orientation, continuous_update: continuousUpdate },
        ...{ behavior: 'drag-tap', readout: true, ...more },
      },
    );
  }

  get min(): number {
    return this.state['min'] as number;
  }
  get max(): number {
    return this.state['max'] as number;
  }

  override toText(): string {
    return `${this.constructor.name} ${labelOf(this)}${readable(this.value)} (${readable(this.lowest)} to ${readable(this.highest)})`;
  }

  override toHtml(): string {
    const { value, lowest, highest } = this;
    const range = `<small>(${readable(lowest)} to ${readable(highest)})</small>`;
    return `<div>${escaped(labelOf(this))}<b>${readable(value)}</b> ${range}</div>`;
  }

  protected get lowest(): number {
    return this.min;
  }
  protected get highest(): number {
    return this.max;
  }

  protected override valueIn({ value }: Json): number | undefined {
    return typeof value === 'number' && value >= this.lowest && value <= this.highest ? value : undefined;
  }

  protected override stateFor(value: number): Json {
    return { value: checkNumber('value', value, { least: this.lowest, most: this.highest }) };
  }
}

/**
 * A slider over whole numbers.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const epochs = new IntSlider({ description: 'epochs', value: 3, min: 1, max: 10 });
 * ```
 */
export class IntSlider extends Slider {
  constructor(options: SliderOptions = {}) {
    refuseUnknownOptions('IntSlider', options, sliderNames);
    const { min = 0, max = 100, step = 1, readoutFormat = 'd' } = options;
    const { value = Math.round((min + max) / 2) } = options;
    for (const [name, number] of Object.entries({ min, max, value, step }))
      checkInteger(name, number, { least: -Number.MAX_SAFE_INTEGER });
    const range = checkedRange({ value, min, max });
    super(controlKind('IntSlider', 'Slider'), options, { ...range, step }, { readout_format: readoutFormat });
  }

  protected override valueIn(state: Json): number | undefined {
    return Number.isInteger(state['value']) ? super.valueIn(state) : undefined;
  }

  protected override stateFor(value: number): Json {
    return { value: checkInteger('value', value, { least: this.min, most: this.max }) };
  }
}

/**
 * A slider over numbers.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const threshold = new FloatSlider({ description: 'threshold', value: 0.5, min: 0, max: 1, step: 0.01 });
 * threshold.observe((value) => console.log(value));
 * ```
 */
export class FloatSlider extends Slider {
  constructor(options: SliderOptions = {}) {
    refuseUnknownOptions('FloatSlider', options, sliderNames);
    const { min = 0, max = 1, step = 0.01, readoutFormat = '.2f' } = options;
    const { value = (min + max) / 2 } = options;
    const range = checkedRange({ value, min, max });
    super(
      controlKind('FloatSlider', 'Slider'),
      options,
      { ...range, step },
      { readout_format: readoutFormat },
    );
  }
}

/** Options of {@link FloatLogSlider}; `min`, `max` and `step` are exponents. */
export interface LogSliderOptions extends SliderOptions {
  /** What is raised to the power. Default 10. */
  base?: number;
}

const logNames: OptionNames<LogSliderOptions> = { ...sliderNames, base: true };

/**
 * A slider over powers: `min: -4, max: -1` goes from 0.0001 to 0.1.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const rate = new FloatLogSlider({ description: 'learning rate', value: 0.001, min: -4, max: -1 });
 * ```
 */
export class FloatLogSlider extends Slider {
  constructor(options: LogSliderOptions = {}) {
    refuseUnknownOptions('FloatLogSlider', options, logNames);
    const { base = 10, min = 0, max = 4, step = 0.1, readoutFormat = '.3g' } = options;
    checkNumber('base', base, { above: 1 });
    checkedRange({ value: min, min, max });
    const { value = base ** ((min + max) / 2) } = options;
    checkNumber('value', value, { least: below(base ** min), most: above(base ** max) });
    super(
      controlKind('FloatLogSlider', 'Slider'),
      options,
      { value, min, max, step },
      { base, readout_format: readoutFormat },
    );
  }

  // Powers of fractions are not exact: the ends count as within.
  protected override get lowest(): number {
    return below((this.state['base'] as number) ** this.min);
  }
  protected override get highest(): number {
    return above((this.state['base'] as number) ** this.max);
  }
}

/** Options of {@link IntProgress}. */
export interface ProgressOptions extends WidgetOptions {
  /** Default 0. */
  value?: number;
  /** Default 0. */
  min?: number;
  /** Default 100. */
  max?: number;
  barStyle?: '' | 'success' | 'info' | 'warning' | 'danger';
}

const progressNames: OptionNames<ProgressOptions> = {
  ...widgetNames,
  ...{ value: true, min: true, max: true, barStyle: true },
};
const barStyles = ['', 'success', 'info', 'warning', 'danger'] as const;

/**
 * A bar that shows how far something is.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const bar = new IntProgress({ description: 'rows', max: 699 });
 * bar.value = 419;
 * ```
 */
export class IntProgress extends ValueWidget<number> {
  constructor(options: ProgressOptions = {}) {
    refuseUnknownOptions('IntProgress', options, progressNames);
    const { value = options.min ?? 0, min = 0, max = 100, barStyle = '' } = options;
    for (const [name, number] of Object.entries({ min, max, value }))
      checkInteger(name, number, { least: -Number.MAX_SAFE_INTEGER });
    checkOneOf('barStyle', barStyle, barStyles);
    const state = { ...checkedRange({ value, min, max }), bar_style: barStyle, orientation: 'horizontal' };
    super(controlKind('IntProgress', 'Progress', 'ProgressView'), options, state);
  }

  get max(): number {
    return this.state['max'] as number;
  }
  set max(max: number) {
    this.patch({ max: checkInteger('max', max, { least: this.value }) });
  }

  get barStyle(): (typeof barStyles)[number] {
    return this.state['bar_style'] as (typeof barStyles)[number];
  }
  set barStyle(style: (typeof barStyles)[number]) {
    this.patch({ bar_style: checkOneOf('barStyle', style, barStyles) });
  }

  override toText(): string {
    return `IntProgress ${labelOf(this)}${this.value} of ${this.max}`;
  }

  override toHtml(): string {
    const { value, max } = this;
    return `<div>${escaped(labelOf(this))}<progress max="${max}" value="${value}"></progress> ${value} of ${max}</div>`;
  }

  protected override valueIn({ value }: Json): number | undefined {
    return value as number;
  }

  protected override stateFor(value: number): Json {
    return { value: checkInteger('value', value, { least: this.state['min'] as number, most: this.max }) };
  }
}

function checkedRange(range: Range): Range {
  const { value, min, max } = range;
  checkNumber('min', min);
  checkNumber('max', max);
  if (min > max) throw invalidOption('min', min, `at most max, which is ${max}`);
  checkNumber('value', value, { least: min, most: max });
  return { value, min, max };
}

/** `threshold: `, or nothing. */
export function labelOf({ description }: { readonly description: string }): string {
  return description === '' ? '' : `${description}: `;
}

const slack = 1e-9;
const below = (bound: number) => bound * (1 - slack);
const above = (bound: number) => bound * (1 + slack);
const readable = (number: number) => String(Number(number.toPrecision(6)));
