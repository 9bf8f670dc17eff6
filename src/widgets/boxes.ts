/** Controls that hold others: side by side, one below the other, behind tabs. */
import { checkInteger, invalidOption, refuseUnknownOptions } from '../options.ts';
import type { Json } from './kernel-hook.ts';
import { Widget, controlKind, escaped, widgetNames, type WidgetOptions } from './widget.ts';

abstract class Box extends Widget {
  readonly #children: readonly Widget[];

  protected constructor(
    of: string,
    name: string,
    children: readonly Widget[],
    options: WidgetOptions,
    more: Json = {},
  ) {
    refuseUnknownOptions(of, options, widgetNames);
    if (!Array.isArray(children) || !children.every((child) => child instanceof Widget))
      throw invalidOption('children', children, 'a list of controls');
    const references = children.map((child) => Widget.referenceOf(child));
    super(controlKind(name), options, { box_style: '', children: references, ...more });
    this.#children = [...children];
  }

  get children(): readonly Widget[] {
    return this.#children;
  }

  override open(): void {
    for (const child of this.#children) child.open();
    super.open();
  }

  override close(): void {
    super.close();
    for (const child of this.#children) child.close();
  }

  override toText(): string {
    return this.#children.map((child) => child.toText()).join('\n');
  }

  override toHtml(): string {
    return this.#children.map((child) => child.toHtml()).join('\n');
  }
}

/**
 * Controls side by side.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * new HBox([new Label({ value: 'rate' }), new FloatLogSlider({ min: -4, max: -1 })])
 * ```
 */
export class HBox extends Box {
  constructor(children: readonly Widget[], options: WidgetOptions = {}) {
    super('HBox', 'HBox', children, options);
  }
}

/**
 * Controls one below the other.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * new VBox([new Checkbox({ description: 'shuffle' }), new IntSlider({ description: 'epochs', min: 1, max: 10 })])
 * ```
 */
export class VBox extends Box {
  constructor(children: readonly Widget[], options: WidgetOptions = {}) {
    super('VBox', 'VBox', children, options);
  }
}

/**
 * Controls behind tabs, by their titles.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * new Tabs({ data: new Text({ description: 'topic' }), training: new IntSlider({ description: 'epochs' }) })
 * ```
 */
export class Tabs extends Box {
  readonly titles: readonly string[];

  constructor(tabs: Readonly<Record<string, Widget>>, options: WidgetOptions = {}) {
    const titles = Object.keys(tabs);
    const more = { titles, selected_index: titles.length > 0 ? 0 : null };
    super('Tabs', 'Tab', Object.values(tabs), options, more);
    this.titles = titles;
  }

  /** Which tab is open, from 0. */
  get selected(): number {
    return this.state['selected_index'] as number;
  }
  set selected(index: number) {
    this.patch({ selected_index: checkInteger('selected', index, { most: this.titles.length - 1 }) });
  }

  override toText(): string {
    return this.titles.map((title, at) => `${title}:\n${this.children[at]!.toText()}`).join('\n');
  }

  override toHtml(): string {
    return this.titles
      .map((title, at) => `<div><b>${escaped(title)}</b></div>\n${this.children[at]!.toHtml()}`)
      .join('\n');
  }
}
