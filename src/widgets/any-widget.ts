/** A control of one's own: an ECMAScript module that draws it, in the form of anywidget. */
import { AsyncResource } from 'node:async_hooks';
import { invalidOption, refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { Json } from './kernel-hook.ts';
import { ValueWidget } from './value-widget.ts';
import { widgetNames, type WidgetOptions } from './widget.ts';

/** Options of {@link AnyWidget}. */
export interface AnyWidgetOptions<State extends object> extends WidgetOptions {
  /** The module's text; its default export has `render({ model, el })`. */
  esm: string;
  /** A style sheet. */
  css?: string;
  /** What module and cells have in common: `model.get('count')` there, `value.count` here. Bytes are allowed. */
  state: State;
}

const anyNames: OptionNames<AnyWidgetOptions<object>> = { ...widgetNames, esm: true, css: true, state: true };
const version = '~0.11.0';
const kind = { module: 'anywidget', version, model: 'AnyModel', view: 'AnyView' };

/** Names in the model that are not the user's. */
const taken = new Set(['layout', 'tooltip', 'tabbable', 'disabled', 'description']);

/**
 * A control that a module of yours draws.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @see https://anywidget.dev/en/afm/
 * @example
 * ```ts
 * const counter = new AnyWidget({
 *   esm: `export default { render({ model, el }) {
 *     const button = el.appendChild(document.createElement('button'));
 *     const draw = () => (button.textContent = 'count ' + model.get('count'));
 *     button.onclick = () => { model.set('count', model.get('count') + 1); model.save_changes(); };
 *     model.on('change:count', draw); draw();
 *   } }`,
 *   state: { count: 0 },
 * });
 * counter.observe(({ count }) => console.log(count));
 * ```
 */
export class AnyWidget<State extends object> extends ValueWidget<State> {
  readonly #names: readonly string[];
  readonly #listeners = new Set<(content: unknown, buffers: readonly Uint8Array[]) => unknown>();

  constructor(options: AnyWidgetOptions<State>) {
    refuseUnknownOptions('AnyWidget', options, anyNames);
    const { esm, css = '', state, description: _description, ...common } = options;
    if (typeof esm !== 'string') throw invalidOption('esm', esm, 'the text of a module');
    const wrong = Object.keys(state).find((name) => name.startsWith('_') || taken.has(name));
    if (wrong !== undefined)
      throw invalidOption(
        'state',
        wrong,
        'names that are not taken: none with _ in front, none of a control',
      );
    super(kind, common, { ...state, _esm: esm, _css: css, _anywidget_id: 'streamtrain.AnyWidget' });
    this.#names = Object.keys(state);
  }

  /** Sends something to the module: `model.on('msg:custom', (content, buffers) => ...)`. */
  send(content: unknown, buffers?: readonly Uint8Array[]): void {
    this.sendCustom(content, buffers);
  }

  /**
   * Called for what the module sends by `model.send(content)`.
   *
   * @returns takes it back
   */
  onMessage(listener: (content: unknown, buffers: readonly Uint8Array[]) => unknown): () => void {
    const bound = AsyncResource.bind(listener);
    this.#listeners.add(bound);
    return () => void this.#listeners.delete(bound);
  }

  override toText(): string {
    const state = Object.entries(this.value).map(([name, value]) => `${name}: ${shortly(value)}`);
    return `AnyWidget { ${state.join(', ')} }`;
  }

  protected override custom(content: unknown, buffers: readonly Uint8Array[]): unknown {
    return Promise.all([...this.#listeners].map(async (listener) => listener(content, buffers)));
  }

  protected override valueIn(state: Json): State {
    return Object.fromEntries(this.#names.map((name) => [name, state[name]])) as State;
  }

  protected override stateFor(value: State): Json {
    const wrong = Object.keys(value).find((name) => !this.#names.includes(name));
    if (wrong !== undefined)
      throw invalidOption('value', wrong, `names of its state: ${this.#names.join(', ')}`);
    return { ...value } as Json;
  }
}

function shortly(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
