/** Values that other notebooks show by how they look, as Deno does: elements, canvases, Vega and Vega-Lite charts. */
import { types } from 'node:util';
import { Reflect } from '../primordials.ts';
import type { DisplayBundle } from '../contracts.ts';
import { inspectText } from './inspect.ts';
import type { DisplayLimits } from './limits.ts';
import { wireContent } from './mime.ts';
import { isObject, own, read } from './safe.ts';

/** The display of such a value; `undefined` when it looks like none of them. */
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
