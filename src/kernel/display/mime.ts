/** MIME bundles as Jupyter wants them: text as text, bytes as base64, JSON types as plain JSON. */
import { types } from 'node:util';
import { DisplayContentError } from '../errors.ts';
import { Array, ArrayBuffer, Buffer, DataView, JSON, Number, Object, String } from '../primordials.ts';
import { isObject, thrownText } from './values.ts';

/** One output in several forms, by MIME type. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Whether a value can be read as a MIME bundle: a plain object whose keys look like MIME types. */
export function isMimeBundle(value: unknown): value is MimeBundle {
  if (!isObject(value) || Array.isArray(value) || types.isProxy(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => /^[\w.+-]+\/[\w.+;=-]+$/.test(key));
}

/**
 * Turns the content of each MIME type into what goes over the wire.
 *
 * @throws DisplayContentError (`ST_KERNEL_DISPLAY_CONTENT`) for JSON that is circular, or content of no usable type
 */
export function wireBundle(bundle: MimeBundle): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, content]) => [mime, wireContent(mime, content)]),
  );
}

/** One MIME type's content for the wire; see {@link wireBundle}. */
export function wireContent(mime: string, content: unknown): unknown {
  if (!mimeType.test(mime))
    throw new DisplayContentError({ mime, problem: 'that is no MIME type, such as text/html' });
  if (typeof content === 'string') return content;
  if (types.isUint8Array(content)) {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    return bytes.toString(isTextType(mime) ? 'utf8' : 'base64');
  }
  if (isJsonType(mime)) return jsonCopy(content, mime);
  if (isObject(content)) {
    const isLines = Array.isArray(content) && content.every((line) => typeof line === 'string');
    if (isLines) return content.join('');
    // In a notebook's file there is no place for it.
    throw new DisplayContentError({
      mime,
      problem: 'its content is an object, which only types of JSON may have',
    });
  }
  if (content === undefined || typeof content === 'symbol') {
    throw new DisplayContentError({ mime, problem: `its content is ${String(content)}` });
  }
  return `${content as number}`;
}

/** A plain JSON copy of a value; see {@link jsonText}. */
export function jsonCopy<T>(value: T, mime = 'metadata'): T {
  return JSON.parse(jsonText(mime, value)) as T;
}

/**
 * JSON text of a value; typed arrays become lists, big integers numbers (or text where a number is not exact),
 * numbers that are none `null`.
 *
 * @throws DisplayContentError (`ST_KERNEL_DISPLAY_CONTENT`) for circular values and throwing getters
 */
export function jsonText(mime: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, item: unknown) => {
      if (typeof item === 'bigint') return Number.isSafeInteger(Number(item)) ? Number(item) : String(item);
      if (ArrayBuffer.isView(item) && !(item instanceof DataView))
        return Array.from(item as unknown as ArrayLike<unknown>);
      return item;
    });
  } catch (error) {
    throw new DisplayContentError({
      mime,
      problem: `its content is no JSON: ${thrownText(error)}`,
      cause: error,
    });
  }
  if (text === undefined)
    throw new DisplayContentError({
      mime,
      problem: `its content is of type ${typeof value}, which JSON has not`,
    });
  return text;
}

const mimeType = /^[\w.+-]+\/[\w.+-]+(?:\s*;.*)?$/;

/** Types whose bytes are text. */
function isTextType(mime: string): boolean {
  return isJsonType(mime) || /^(?:text\/|image\/svg\+xml|application\/(?:javascript|xml)(?:;|$))/.test(mime);
}

function isJsonType(mime: string): boolean {
  return /^[^;]*[/+]json(;|$)/.test(mime);
}
