/** What can be written to a topic, and how it becomes a record. */

import { inspect } from 'node:util';
import { isByName } from '../../options.ts';
import { InvalidItemError } from '../errors.ts';
import { headerEntries, msOf, withRepeated, type OutgoingHeaders, type OutgoingRecord } from '../record.ts';
import type { HeaderList } from '../record.ts';

/** One row to write. Texts are written as UTF-8; a number as its decimal text, if it is finite. */
export interface WriterItem {
  /** Rows with the same key go to the same partition. Missing or `null`: spread evenly. */
  readonly key?: string | number | Uint8Array | null | undefined;
  /** `null` writes a tombstone. */
  readonly value: string | number | Uint8Array | null;
  readonly headers?: OutgoingHeaders | undefined;
  /** As read: gives back the values of repeated names that `headers` cannot hold, so that a record can be written whole. */
  readonly headerList?: HeaderList | undefined;
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
    throw new InvalidItemError({ index, problem: `expected { key, value }, got ${typeof item}` });
  const headers = withRepeated(item.headers, item.headerList);
  return {
    key: dataOf(item.key ?? null, 'key', index),
    value: dataOf(item.value, 'value', index),
    headers: headers === undefined ? undefined : checkedHeaders(headers, index),
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
  if (typeof data === 'string' && isWellFormed(data)) return data;
  if (data === null || data instanceof Uint8Array) return data;
  if (typeof data === 'number' && Number.isFinite(data)) return String(data);
  const problem = `${part} is ${whyNone(data)}; use text, bytes, a finite number or null`;
  throw new InvalidItemError({ index, problem });
}

/** Why it cannot be a key or a value. */
function whyNone(data: unknown): string {
  if (typeof data === 'string') return 'text with half of a surrogate pair, which UTF-8 cannot hold';
  if (typeof data === 'number') return String(data);
  return data === undefined ? 'missing' : `of type ${typeof data}`;
}

/** Whether a text is Unicode: half of a surrogate pair would be written as another letter. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function timestampOf(timestamp: number | Date, index: number): number {
  const ms = Math.round(msOf(timestamp));
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new InvalidItemError({
    index,
    problem: `timestamp ${inspect(timestamp, { depth: 0, breakLength: Infinity, maxStringLength: 100 })} is not a time in ms since 1970; use a number or a Date`,
  });
}

function checkedHeaders(headers: OutgoingHeaders, index: number): OutgoingHeaders {
  const given: unknown = headers;
  const isList = Array.isArray(given) && given.every((one) => Array.isArray(one) && one.length === 2);
  if (!isList && !isByName(given)) {
    const problem = 'its headers are neither an object by name nor a list of [name, value]';
    throw new InvalidItemError({ index, problem });
  }
  for (const [name, value] of headerEntries(headers) as readonly (readonly [unknown, unknown])[]) {
    const isText = typeof value === 'string' && isWellFormed(value);
    if (
      typeof name === 'string' &&
      isWellFormed(name) &&
      (isText || value instanceof Uint8Array || value === null)
    )
      continue;
    const why = typeof value === 'string' ? 'no Unicode' : `of type ${typeof value}`;
    const problem = `header ${JSON.stringify(String(name))} is ${why}; use text, bytes, or null`;
    throw new InvalidItemError({ index, problem });
  }
  return headers;
}

function headerBytes(headers: OutgoingHeaders): number {
  let bytes = 0;
  for (const [name, value] of headerEntries(headers)) bytes += name.length + (value?.length ?? 0) + 4;
  return bytes;
}
