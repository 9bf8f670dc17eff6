/** Headers as Kafka has them, a list in which a name may come several times, and as they are handed to programs. */
import type { OutgoingHeaders } from './client/client.ts';
import type { HeaderList, RecordHeaders } from './record.ts';

/** The two fields of a record that hold its headers. */
export interface HeaderFields {
  readonly headers: RecordHeaders;
  /** Only where a name comes several times, or names would change their order. */
  readonly headerList?: HeaderList;
}

/**
 * The fields for these headers: the last value of each name, and the list itself if that loses any, or their order.
 *
 * @example
 * ```ts
 * headerFields([['trace', one], ['trace', two]]).headers; // { trace: two }
 * ```
 */
export function headerFields(list: HeaderList): HeaderFields {
  const headers = Object.fromEntries(list);
  const names = Object.keys(headers);
  const isAll = names.length === list.length && list.every(([name], i) => name === names[i]);
  return isAll ? { headers } : { headers, headerList: list };
}

/**
 * All headers of a record, in their order, each value of a repeated name in an entry of its own.
 *
 * @example
 * ```ts
 * const traces = headerListOf(record).filter(([name]) => name === 'trace');
 * ```
 */
export function headerListOf({ headers, headerList }: HeaderFields): HeaderList {
  return headerList ?? Object.entries(headers);
}

/** Every header to write as name and value; a list of values is written as so many headers. */
export function headerEntries(headers: OutgoingHeaders): readonly HeaderEntry[] {
  if (isHeaderList(headers)) return headers;
  return Object.entries(headers).flatMap(([name, value]) =>
    isList(value) ? value.map((one) => [name, one] as const) : [[name, value] as const],
  );
}

type HeaderEntry = readonly [name: string, value: string | Uint8Array | null];

/**
 * What to write of a record that was read and perhaps changed: `headers` counts, and `headerList` gives back the order
 * and the other values of the names that `headers` still holds as they were read; what was changed stands behind them.
 */
export function withRepeated(
  headers: OutgoingHeaders | undefined,
  list: HeaderList | undefined,
): OutgoingHeaders | undefined {
  if (list === undefined || headers === undefined || isHeaderList(headers)) return headers;
  const last = new Map(list);
  const isAsRead = (name: string): boolean =>
    Object.hasOwn(headers, name) && headers[name] === last.get(name);
  const changed = Object.fromEntries(Object.entries(headers).filter(([name]) => !isAsRead(name)));
  return [...list.filter(([name]) => isAsRead(name)), ...headerEntries(changed)];
}

function isList<One>(value: One | readonly One[]): value is readonly One[] {
  return Array.isArray(value);
}

function isHeaderList(headers: OutgoingHeaders): headers is readonly HeaderEntry[] {
  return Array.isArray(headers);
}
