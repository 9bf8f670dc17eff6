/** Bytes inside a state: over the wire they go beside the JSON, with the paths to their places. */
import type { Json } from './kernel-hook.ts';

type Path = readonly (string | number)[];

/** A state without its bytes. */
interface Separated {
  readonly state: Json;
  readonly paths: readonly Path[];
  readonly buffers: readonly Uint8Array[];
}

/** Takes the bytes out. */
export function separate(state: Json): Separated {
  const paths: Path[] = [];
  const buffers: Uint8Array[] = [];
  const walk = (value: unknown, path: Path): unknown => {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      paths.push(path);
      buffers.push(
        value instanceof ArrayBuffer
          ? new Uint8Array(value)
          : new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength),
      );
      return null;
    }
    if (Array.isArray(value)) return value.map((each, at) => walk(each, [...path, at]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, walk(each, [...path, name])]),
    );
  };
  return { state: walk(state, []) as Json, paths, buffers };
}

/** Puts them back in; paths that lead nowhere are passed over. */
export function join(state: Json, paths: readonly unknown[], buffers: readonly Uint8Array[]): Json {
  const whole = structuredClone(state) as Record<string | number, unknown>;
  for (const [index, path] of paths.entries()) {
    if (!Array.isArray(path) || path.length === 0) continue;
    let at: unknown = whole;
    for (const part of path.slice(0, -1) as (string | number)[]) {
      at =
        typeof at === 'object' && at !== null && Object.hasOwn(at, part)
          ? (at as typeof whole)[part]
          : undefined;
    }
    const last = path.at(-1) as string | number;
    if (typeof at === 'object' && at !== null && last !== '__proto__')
      Object.defineProperty(at, last, {
        value: buffers[index],
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  return whole;
}
