/** How a record is printed. */
import { isUtf8 } from 'node:buffer';
import type { KafkaRecord } from '../kafka/index.ts';

/** A record as one line of JSON. Bytes that are no UTF-8 text become `{"base64": "..."}`. */
export function recordJson({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  headers,
}: KafkaRecord): string {
  const named = Object.entries(headers).map(([name, bytes]) => [name, bytesJson(bytes)]);
  return JSON.stringify({
    ...{ topic, partition, offset, timestamp },
    ...{ key: bytesJson(key), value: bytesJson(value), headers: Object.fromEntries(named) as object },
  });
}

/** Bytes as JSON can hold them, without loss. */
export function bytesJson(bytes: Buffer | null): string | null | { base64: string } {
  if (bytes === null) return null;
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') };
}

/** A record as a line of text: the value, or key, tab and value; nothing is `null`. */
export function recordLine({ key, value }: KafkaRecord, withKey: boolean): string {
  const text = String(value);
  return withKey ? `${String(key)}\t${text}` : text;
}
