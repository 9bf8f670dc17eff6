/** Controls of text: a field to write in, a label, HTML, a button. */
import { AsyncResource } from 'node:async_hooks';
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { WidgetClosedError, WidgetUnattendedError } from './errors.ts';
import { isAttended, type Json } from './kernel-hook.ts';
import { labelOf } from './sliders.ts';
import { ValueWidget } from './value-widget.ts';
import { Widget, controlKind, escaped, widgetNames, type WidgetKind, type WidgetOptions } from './widget.ts';

/** Options of {@link Text}, {@link Label} and {@link HTML}. */
export interface TextOptions extends WidgetOptions {
  /** Default empty. */
  value?: string;
  /** Stands in an empty field. */
  placeholder?: string;
}

const textNames: OptionNames<TextOptions> = { ...widgetNames, value: true, placeholder: true };

abstract class TextWidget extends ValueWidget<string> {
  protected constructor(of: string, kind: WidgetKind, options: TextOptions, more: Json = {}) {
    refuseUnknownOptions(of, options, textNames);
    const { value = '', placeholder = '\u200b' } = options;
    super(kind, options, { value: String(value), placeholder, ...more });
  }

  override toText(): string {
    return `${this.constructor.name} ${labelOf(this)}${this.value}`;
  }

  override toHtml(): string {
    return `<div>${escaped(labelOf(this) + this.value)}</div>`;
  }

  protected override valueIn({ value }: Json): string | undefined {
    return typeof value === 'string' ? value : undefined;
  }

  protected override stateFor(value: string): Json {
    return { value: String(value) };
  }
}

/**
 * A field for one line of text.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const topic = new Text({ description: 'topic', value: 'cancer-train' });
 * ```
 */
export class Text extends TextWidget {
  constructor(options: TextOptions = {}) {
    const more = { continuous_update: true };
    super('Text', controlKind('Text', 'Text'), { ...options, disabled: options.disabled ?? false }, more);
  }
}

/**
 * A line of text that code can change.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const state = new Label({ value: 'waiting' });
 * state.value = 'training';
 * ```
 */
export class Label extends TextWidget {
  constructor(options: TextOptions = {}) {
    super('Label', controlKind('Label', 'Label'), options);
  }
}

/**
 * A piece of HTML that code can change. Text of others has to be made safe first: it is taken as it is.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const note = new HTML({ value: '<b>12 %</b> of the rows' });
 * ```
 */
export class HTML extends TextWidget {
  constructor(options: TextOptions = {}) {
    super('HTML', controlKind('HTML', 'HTML'), options);
  }

  override toText(): string {
    return `HTML ${labelOf(this)}${this.value.replace(/<[^>]*>/g, '')}`;
  }

  override toHtml(): string {
    return `<div>${escaped(labelOf(this))}${this.value}</div>`;
  }
}

/** Options of {@link Button}. */
export interface ButtonOptions extends WidgetOptions {
  /** Name of a Font Awesome picture, such as `play`. */
  icon?: string;
}

const buttonNames: OptionNames<ButtonOptions> = { ...widgetNames, icon: true };

/**
 * A button.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const again = new Button({ description: 'train again', icon: 'play' });
 * again.onClick(() => console.log('clicked'));
 * ```
 */
export class Button extends Widget {
  readonly #listeners = new Set<() => unknown>();
  readonly #waiting = new Set<() => void>();

  constructor(options: ButtonOptions = {}) {
    refuseUnknownOptions('Button', options, buttonNames);
    const { icon = '', disabled = false } = options;
    super(controlKind('Button', 'Button'), { ...options, disabled }, { icon, button_style: '' });
  }

  /**
   * Calls `listener` at each click. What it prints comes under the cell that calls this.
   *
   * @returns takes it back
   */
  onClick(listener: () => unknown): () => void {
    const bound = AsyncResource.bind(listener);
    this.#listeners.add(bound);
    return () => void this.#listeners.delete(bound);
  }

  /**
   * Resolves at the next click.
   *
   * @throws WidgetUnattendedError (`ST_WIDGETS_UNATTENDED`) where nobody can click; WidgetClosedError
   *   (`ST_WIDGETS_CLOSED`) when the button is closed
   */
  async clicked(): Promise<void> {
    const control = this.toText();
    if (this.isClosed) throw new WidgetClosedError({ control });
    if (!isAttended()) throw new WidgetUnattendedError({ control });
    const isClicked = await new Promise<boolean>((resolve) => {
      const over = (how: boolean) => {
        stop();
        this.#waiting.delete(closed);
        resolve(how);
      };
      const closed = () => over(false);
      const stop = this.onClick(() => over(true));
      this.#waiting.add(closed);
    });
    if (!isClicked) throw new WidgetClosedError({ control });
  }

  override close(): void {
    super.close();
    for (const closed of [...this.#waiting]) closed();
  }

  /** Does what a click does. */
  click(): Promise<unknown> {
    return Promise.all([...this.#listeners].map(async (listener) => listener()));
  }

  override toText(): string {
    return `Button ${this.description}`;
  }

  override toHtml(): string {
    return `<div>[${escaped(this.description)}]</div>`;
  }

  protected override custom(content: unknown): unknown {
    return (content as Json | null)?.['event'] === 'click' ? this.click() : undefined;
  }
}
