/** A plotly figure `{ data, layout }` in every form a viewer may want: interactive, as a picture, in words. */
import { Array, JSON, Object, Set, String, Symbol } from '../primordials.ts';
import type { DisplayBundle } from '../contracts.ts';
import type { DisplayLimits } from './limits.ts';
import { isMimeBundle, jsonText, wireBundle } from './mime.ts';
import { clipText, isObject, own } from './safe.ts';

/** The MIME type that JupyterLab draws as an interactive plotly figure. */
export const plotlyMime = 'application/vnd.plotly.v1+json';

/**
 * Where a drawing library puts its renderer `(figure) => Promise<MIME bundle>`; the kernel itself knows none.
 * `streamtrain/plots` does so when it is loaded.
 */
export const rendererKey = Symbol.for('streamtrain.renderFigure');

type Renderer = (figure: object) => unknown;

/** The display of a figure, with its picture later if a renderer is there; `undefined` when the value is none. */
export function figureBundle(
  value: unknown,
  limits: DisplayLimits,
): { now: DisplayBundle; later?: Promise<DisplayBundle> } | undefined {
  const [data, layout] = [own(value, 'data'), own(value, 'layout')];
  if (!isObject(value) || !Array.isArray(data) || !isObject(layout) || Array.isArray(layout))
    return undefined;
  if (!data.every((trace) => isObject(trace) && !Array.isArray(trace))) return undefined;
  const frames = own(value, 'frames');
  const json = jsonText(plotlyMime, { data, layout, ...(Array.isArray(frames) && { frames }) });
  const words = describe(value, data, layout, limits);
  const small = json.length <= limits.figureBytes;
  const text = small ? words : `${words} (${json.length} bytes, too large to be interactive)`;
  const forms = { ...(small && { [plotlyMime]: JSON.parse(json) as unknown }), 'text/plain': text };
  const now = { data: forms };
  const renderer = (globalThis as Record<symbol, unknown>)[rendererKey];
  if (typeof renderer !== 'function') return { now };
  return { now, later: withPicture(value, renderer as Renderer, forms) };
}

async function withPicture(
  value: object,
  render: Renderer,
  forms: Record<string, unknown>,
): Promise<DisplayBundle> {
  try {
    const drawn = await render(value);
    if (!isMimeBundle(drawn)) return { data: forms };
    const pictures = Object.entries(wireBundle(drawn)).filter(([mime]) => mime.startsWith('image/'));
    return { data: { ...forms, ...Object.fromEntries(pictures) } };
  } catch {
    return { data: forms }; // not every figure can be drawn without a browser: the interactive one is still there
  }
}

function describe(value: object, data: readonly unknown[], layout: object, limits: DisplayLimits): string {
  const alt = own(value, 'alt');
  if (typeof alt === 'string') return clipText(alt, limits.string);
  const title = own(layout, 'title');
  const name = typeof title === 'string' ? title : own(title, 'text');
  const types = [
    ...new Set(
      data.map((trace) => String((own(trace, 'type') as string | undefined) ?? 'scatter').slice(0, 40)),
    ),
  ];
  const of = typeof name === 'string' ? ` "${clipText(name, 200)}"` : '';
  return `Figure${of}: ${data.length} traces (${types.slice(0, 10).join(', ')})`;
}
