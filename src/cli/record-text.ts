/** How a record is printed. */
import { isUtf8 } from 'node:buffer';
import { headerListOf, type HeaderFields, type KafkaRecord } from '../kafka/index.ts';

/** A record as one line of JSON. Bytes that are no UTF-8 text become `{"base64": "..."}`. */
export function recordJson({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  ...rest
}: KafkaRecord): string {
  return JSON.stringify({
    ...{ topic, partition, offset, timestamp },
    ...{ key: bytesJson(key), value: bytesJson(value), headers: headersJson(rest) },
  });
}

/** Headers by name; the values of a name that comes several times as a list, in their order. */
export function headersJson(fields: HeaderFields): Record<string, JsonBytes | JsonBytes[]> {
  const byName = new Map<string, JsonBytes[]>();
  for (const [name, bytes] of headerListOf(fields))
    byName.set(name, [...(byName.get(name) ?? []), bytesJson(bytes)]);
  return Object.fromEntries(
    [...byName].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

type JsonBytes = string | null | { base64: string };

/** Bytes as JSON can hold them, without loss. */
export function bytesJson(bytes: Buffer | null): JsonBytes {
  if (bytes === null) return null;
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') };
}

/** A record as a line of text: the value, or key, tab and value; nothing is `null`. */
export function recordLine({ key, value }: KafkaRecord, withKey: boolean): string {
  const text = String(value);
  return withKey ? `${String(key)}\t${text}` : text;
}
