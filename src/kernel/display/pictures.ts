/** Figures, charts, elements and canvases, recognised by their shape, in the forms that front ends draw. */
import { types } from 'node:util';
import type { DisplayBundle } from '../contracts.ts';
import { Array, JSON, Object, Reflect, Set, String, Symbol } from '../primordials.ts';
import type { DisplayLimits } from './limits.ts';
import { isMimeBundle, jsonText, wireBundle, wireContent } from './mime.ts';
import { clipText, inspectText, isObject, own, read } from './values.ts';

/** The MIME type that JupyterLab draws as an interactive plotly figure. */
export const plotlyMime = 'application/vnd.plotly.v1+json';

/**
 * Where a drawing library puts its renderer `(figure) => Promise<MIME bundle>`; the kernel itself knows none.
 * `streamtrain/plots` does so when it is loaded.
 */
export const rendererKey = Symbol.for('streamtrain.renderFigure');

type Renderer = (figure: object) => unknown;

/**
 * The display of a plotly figure `{ data, layout }`: interactive, in words, and with its picture later if a renderer is
 * there; `undefined` when the value is none.
 */
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

/**
 * The display of what other notebooks show by its look, as Deno does: elements, canvases, Vega and Vega-Lite charts;
 * `undefined` for everything else. It calls methods of the value.
 */
export function foreignBundle(value: object, limits: DisplayLimits): DisplayBundle | undefined {
  if (types.isProxy(value)) return undefined;
  const found = chart(value) ?? element(value) ?? canvas(value);
  if (!found) return undefined;
  const [mime, content] = found;
  return { data: { [mime]: wireContent(mime, content), 'text/plain': inspectText(value, limits) } };
}

type Form = readonly [mime: string, content: unknown];

function element(value: object): Form | undefined {
  const html = read(value, 'outerHTML');
  if (typeof html !== 'string') return undefined;
  return [/^\s*<svg[\s>/]/i.test(html) ? 'image/svg+xml' : 'text/html', html];
}

/** `toDataURL` gives a picture as text; `toBuffer` is what canvases of Node have. */
function canvas(value: object): Form | undefined {
  const url = call(value, 'toDataURL');
  const [, mime, data] = (typeof url === 'string' && /^data:(image\/[\w+.-]+);base64,(.+)$/.exec(url)) || [];
  if (mime !== undefined) return [mime, data];
  const bytes =
    typeof read(value, 'getContext') === 'function' ? call(value, 'toBuffer', 'image/png') : undefined;
  return types.isUint8Array(bytes) ? ['image/png', bytes] : undefined;
}

/** A specification that says by `$schema` what it is, or something that gives one. */
function chart(value: object): Form | undefined {
  const spec = typeof read(value, 'toSpec') === 'function' ? call(value, 'toSpec') : value;
  if (!isObject(spec)) return undefined;
  const schema = own(spec, '$schema');
  const [, kind, version] =
    (typeof schema === 'string' && /\/schema\/(vega|vega-lite)\/v(\d+)(?:\.[\d.]+)?\.json$/.exec(schema)) ||
    [];
  if (kind === undefined) return undefined;
  return [`application/vnd.${kind.replace('-', '')}.v${version}+json`, spec];
}

function call(value: object, name: string, ...given: unknown[]): unknown {
  const method = read(value, name);
  return typeof method === 'function' ? (Reflect.apply(method, value, given) as unknown) : undefined;
}
