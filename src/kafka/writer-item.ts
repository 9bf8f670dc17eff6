/** What can be written to a topic, and how it becomes a record. */

import type { OutgoingHeaders, OutgoingRecord } from './client.ts';
import { InvalidItemError } from './errors.ts';

/** One row to write. Texts are written as UTF-8; a number as its decimal text. */
export interface WriterItem {
  /** Rows with the same key go to the same partition. Missing or `null`: spread evenly. */
  readonly key?: string | number | Uint8Array | null | undefined;
  /** `null` writes a tombstone. */
  readonly value: string | number | Uint8Array | null;
  readonly headers?: OutgoingHeaders | undefined;
  /** Instead of the choice by key. */
  readonly partition?: number | undefined;
  /** When it happened, in ms since 1970 or as a Date; the time of sending if missing. */
  readonly timestamp?: number | Date | undefined;
}

/**
 * The record of an item.
 *
 * @param index its place in the input, for the error.
 * @throws {InvalidItemError} when a part of it cannot be written.
 */
export function recordOf(item: WriterItem, index: number): OutgoingRecord {
  if (typeof item !== 'object' || item === null)
    throw new InvalidItemError(index, `expected { key, value }, got ${typeof item}`);
  return {
    key: dataOf(item.key ?? null, 'key', index),
    value: dataOf(item.value, 'value', index),
    headers: item.headers === undefined ? undefined : checkedHeaders(item.headers, index),
    timestamp: item.timestamp === undefined ? undefined : timestampOf(item.timestamp, index),
  };
}

/** Bytes a record takes on the wire, about. */
export function bytesOf({ key, value, headers }: OutgoingRecord): number {
  return 16 + (key?.length ?? 0) + (value?.length ?? 0) + (headers === undefined ? 0 : headerBytes(headers));
}

function dataOf(
  data: string | number | Uint8Array | null,
  part: string,
  index: number,
): string | Uint8Array | null {
  if (typeof data === 'string' || data === null || data instanceof Uint8Array) return data;
  if (typeof data === 'number') return String(data);
  const problem = `${part} is ${data === undefined ? 'missing' : `of type ${typeof data}`}; use text, bytes, a number or null`;
  throw new InvalidItemError(index, problem);
}

function timestampOf(timestamp: number | Date, index: number): number {
  const ms = Math.round(Number(timestamp));
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new InvalidItemError(index, `timestamp ${String(timestamp)} is not a time in ms since 1970`);
}

function checkedHeaders(headers: OutgoingHeaders, index: number): OutgoingHeaders {
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (typeof one !== 'string' && !(one instanceof Uint8Array)) {
        throw new InvalidItemError(index, `header "${name}" is of type ${typeof one}; use text or bytes`);
      }
    }
  }
  return headers;
}

function headerBytes(headers: OutgoingHeaders): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const values = typeof value === 'string' || value instanceof Uint8Array ? [value] : value;
    for (const one of values) bytes += name.length + one.length + 4;
  }
  return bytes;
}
