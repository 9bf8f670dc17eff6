/** What all controls have in common: looks, being shown, a static twin, and their end. */
import { inspect } from 'node:util';
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { displayMethod, kernelHook, standsStill, type Json } from './kernel-hook.ts';
import { Model, modules, type ModelListener, type ModelNames } from './model.ts';

/** CSS of a control's box, under the names of JavaScript. */
export interface WidgetLayout {
  width?: string;
  height?: string;
  minWidth?: string;
  maxWidth?: string;
  margin?: string;
  padding?: string;
  border?: string;
  display?: string;
  flexFlow?: string;
  alignItems?: string;
  justifyContent?: string;
  overflow?: string;
}

const layoutNames: OptionNames<WidgetLayout> = {
  ...{ width: true, height: true, minWidth: true, maxWidth: true, margin: true, padding: true },
  ...{ border: true, display: true, flexFlow: true, alignItems: true, justifyContent: true, overflow: true },
};

/** What every control takes. */
export interface WidgetOptions {
  /** Stands beside it. */
  description?: string;
  /** Shown when the pointer rests on it. */
  tooltip?: string;
  /** The user cannot move it. */
  disabled?: boolean;
  layout?: WidgetLayout;
}

/** The options of {@link WidgetOptions}. */
export const widgetNames: OptionNames<WidgetOptions> = {
  description: true,
  tooltip: true,
  disabled: true,
  layout: true,
};

/** The kind of a control: its names in the front end. */
export interface WidgetKind extends ModelNames {
  /** The model of its style. */
  readonly style?: string;
  /** The front end's name for its description exists. */
  readonly isDescribed?: boolean;
}

/** A kind of the standard controls, by the name they have in common. */
export const controlKind = (name: string, style?: string, view = `${name}View`): WidgetKind => ({
  ...modules.controls,
  model: `${name}Model`,
  view,
  ...(style !== undefined && { style: `${style}StyleModel`, isDescribed: style !== 'Button' }),
});

/** A control. It appears where it is the last value of a cell, or is given to `display`. */
export abstract class Widget {
  readonly #model: Model;
  readonly #parts: readonly Model[];
  #isClosed = false;

  /** @param state of the model, under the front end's names */
  constructor(kind: WidgetKind, options: WidgetOptions, state: Json) {
    const layout = new Model(
      { ...modules.base, model: 'LayoutModel', view: 'LayoutView' },
      layoutState(options.layout),
    );
    const { style, isDescribed = false } = kind;
    const look =
      style === undefined
        ? undefined
        : new Model(
            { ...modules.controls, model: style, view: 'StyleView', viewModule: modules.base.module },
            isDescribed ? { description_width: 'initial' } : {},
          );
    this.#parts = look ? [layout, look] : [layout];
    const listener: ModelListener = {
      changed: (before) => this.changed(before),
      custom: (content, buffers) => this.custom(content, buffers),
    };
    const { description, tooltip = null, disabled } = options;
    const described = kind.style === undefined ? {} : { description: description ?? '' };
    const common = { _dom_classes: [], tabbable: null, tooltip, layout: layout.reference };
    this.#model = new Model(
      kind,
      {
        ...common,
        ...described,
        ...(isDescribed && { description_allow_html: false }),
        ...(look && { style: look.reference }),
        ...(disabled !== undefined && { disabled }),
        ...state,
      },
      listener,
    );
  }

  /** Its name in the widget protocol: `model_id`. */
  get id(): string {
    return this.#model.id;
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get description(): string {
    return (this.#model.state['description'] ?? '') as string;
  }
  set description(text: string) {
    this.patch({ description: text });
  }

  get disabled(): boolean {
    return this.#model.state['disabled'] === true;
  }
  set disabled(isDisabled: boolean) {
    this.patch({ disabled: isDisabled });
  }

  /** Takes it away from the page; it moves no more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const model of [this.#model, ...this.#parts]) model.close();
  }

  /** The control as text, for where nothing moves. */
  abstract toText(): string;

  /** The same as HTML. */
  toHtml(): string {
    return `<div>${escaped(this.toText())}</div>`;
  }

  /** How the kernel shows it: alive, with a static twin for files, mails and other programs. */
  [displayMethod](): Json | Promise<Json> {
    const twin = { 'text/plain': this.toText(), 'text/html': this.toHtml() };
    if (!kernelHook() || this.#isClosed) return twin;
    this.open();
    const view = { version_major: 2, version_minor: 0, model_id: this.id };
    return { 'application/vnd.jupyter.widget-view+json': view, ...twin };
  }

  /** How Node and other kernels print it. */
  [inspect.custom](): string {
    return kernelHook() ? this.toText() : `${this.toText()} (${standsStill})`;
  }

  /** Tells the front end of it and of what it holds. */
  open(): void {
    if (this.#isClosed) return;
    for (const part of this.#parts) part.open();
    this.#model.open();
  }

  /** What other models call it by. */
  protected get reference(): string {
    return this.#model.reference;
  }

  /** The state under the front end's names. */
  protected get state(): Json {
    return this.#model.state;
  }

  /** Changes the state, here and in the front end. */
  protected patch(state: Json): void {
    this.#model.set(state);
  }

  /** Sends something to its views. */
  protected sendCustom(content: unknown, buffers?: readonly Uint8Array[]): void {
    this.#model.send(content, buffers);
  }

  /** The front end has changed the state; see `ModelListener`. */
  protected changed(_before: Json): unknown {
    return undefined;
  }

  /** A view has sent this. */
  protected custom(_content: unknown, _buffers: readonly Uint8Array[]): unknown {
    return undefined;
  }

  /** The reference of another control, for one that holds it. */
  protected static referenceOf(widget: Widget): string {
    return widget.reference;
  }
}

function layoutState(layout: WidgetLayout = {}): Json {
  refuseUnknownOptions('the option layout', layout, layoutNames);
  const { border, ...others } = layout;
  const sides = ['top', 'right', 'bottom', 'left'].map((side) => [`border_${side}`, border] as const);
  return Object.fromEntries([
    ...Object.entries(others).map(([name, value]) => [snakeCase(name), value] as const),
    ...(border === undefined ? [] : sides),
  ]);
}

/** `barStyle` as the front end calls it: `bar_style`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A text as it is, inside HTML. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
