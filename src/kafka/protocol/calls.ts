/** One request of Kafka's protocol, and how its answer is read: the same over every kind of connection. */
import { BytesReader, BytesWriter } from './bytes.ts';

/**
 * A request in one version. Flexible versions (KIP-482) have tagged fields at the end of both headers; they are written and
 * read here, not by the call.
 */
export interface KafkaCall<Answer> {
  /** Kafka's number of the request, and its name: 3, Metadata. */
  readonly key: number;
  readonly name: string;
  readonly version: number;
  readonly flexible?: boolean;
  /** Whether the answer begins with the ms for which the broker wants no further request (KIP-219). */
  readonly throttles?: boolean;
  /** About the bytes of the body, so that it is written without growing. */
  readonly size?: number;
  readonly write: (body: BytesWriter) => void;
  readonly read: (answer: BytesReader) => Answer;
  /** `false`: no answer comes. */
  readonly isAnswered?: boolean;
  /** ms; only a longer time than the connection's own has an effect. */
  readonly timeoutMs?: number;
}

/** API key -> versions the broker knows. */
export type ApiVersions = Readonly<
  Record<number, { readonly minVersion: number; readonly maxVersion: number }>
>;

/** What a broker has said that it understands; `null` before it was asked. */
export interface Versioned {
  readonly versions: ApiVersions | null;
}

/** The newest version of a request that the broker knows; -1 when it has none. */
export function newestVersion({ versions }: Versioned, key: number): number {
  return versions?.[key]?.maxVersion ?? -1;
}

/** What follows the header of the request up to its client id. */
export function bodyOf({ flexible, size = 256, write }: KafkaCall<unknown>): Buffer {
  const body = new BytesWriter(size);
  if (flexible) body.tags();
  write(body);
  return body.written();
}

/**
 * Reads what follows the correlation id of an answer.
 *
 * @throws RangeError when it ends too early; Kafka's error where the call makes one of a code
 */
export function readAnswer<Answer>(
  { flexible, throttles, read }: KafkaCall<Answer>,
  bytes: Buffer,
): { readonly answer: Answer; readonly throttleMs: number } {
  const reader = new BytesReader(bytes);
  if (flexible) reader.tags();
  const throttleMs = throttles ? reader.int32() : 0;
  return { answer: read(reader), throttleMs };
}
