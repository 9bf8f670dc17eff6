/** Which schema a record's bytes were written by: the frame that schema registries put before them, and who reads it. */
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import type { RowValues } from '../../finite.ts';
import { InvalidOptionError } from '../../options.ts';
import type { KafkaRecord } from '../record.ts';
import { SchemaInvalidError, whenReady } from '../registry/errors.ts';
import { SchemaRegistry, type NewSchema } from '../registry/registry.ts';
import type { SchemaText } from '../registry/schemas.ts';
import { valueOf, type Codec } from './codec.ts';
import { BadRecordError, EncodeRowError, badRecord, excerpt } from './errors.ts';

/** The options that say which schema a codec goes by, as they are checked. */
export const schemaOptions = {
  schema: z.union([z.string().min(1), z.looseObject({})], { error: 'must be a schema' }).optional(),
  registry: z
    .custom<SchemaRegistry>((given) => given instanceof SchemaRegistry, 'must be what schemaRegistry() gives')
    .optional(),
};

/** The frame: a byte 0, then the schema's id in four bytes, the highest first. */
export const FRAME_BYTES = 5;

/** How a codec's schema is registered. */
export interface RegisterOptions {
  /** Under which subject. Default: the topic's name and `-value`. */
  subject?: string;
  /** Register it where it is not yet (default); false: it must be there already. */
  create?: boolean;
}

/** A codec whose values may name their schema in a registry. */
export interface SchemaCodec extends Codec<Buffer> {
  /**
   * Fetches what this record needs to be decoded, once; for loops of one's own. Datasets, training and serving do it. A signal
   * ends the wait with its reason.
   */
  readonly ready: (record: KafkaRecord, signal?: AbortSignal) => Promise<void>;
  /**
   * Registers the codec's `schema` for the values of a topic, or finds it there; from then on `encode` writes its id.
   *
   * @returns the id
   * @throws SchemaIncompatibleError (`ST_KAFKA_SCHEMA_INCOMPATIBLE`), SchemaRegistryAwayError, SchemaRegistryRefusedError
   */
  readonly register: (topic: string, options?: RegisterOptions) => Promise<number>;
}

/** What was made of a schema: ready to use, or why it cannot be used. */
type Made<T> = { readonly use: T } | { readonly problem: string; readonly cause?: unknown };

/** Thrown by what makes something of a schema: it is one, and not fit for this codec. */
export class SchemaMismatch extends Error {}

/** The schemas by which framed values were written, each made ready once. */
export class FramedSchemas<T> {
  readonly #registry: SchemaRegistry;
  readonly #kind: 'AVRO' | 'JSON';
  readonly #make: (what: string, schema: SchemaText) => T;
  readonly #made = new Map<number, Made<T>>();
  #lastId = -1;
  #last: T | undefined;

  constructor(
    registry: SchemaRegistry,
    kind: 'AVRO' | 'JSON',
    make: (what: string, schema: SchemaText) => T,
  ) {
    this.#registry = registry;
    this.#kind = kind;
    this.#make = make;
  }

  /**
   * What was made of the schema that the frame names.
   *
   * @throws BadRecordError with reason `unframed`, `unknown-schema` or `schema-mismatch`; SchemaPendingError
   */
  of(record: KafkaRecord, value: Buffer): T {
    if (value.length < FRAME_BYTES || value[0] !== 0) throw badRecord(record, 'unframed', whyUnframed(value));
    const id = value.readUInt32BE(1);
    if (id === this.#lastId) return this.#last!;
    const made = this.#made.get(id) ?? this.#makeOf(id);
    if (made === undefined)
      throw badRecord(record, 'unknown-schema', `the registry at ${this.#registry.url} has no schema ${id}`, {
        schemaId: id,
      });
    if (!('use' in made))
      throw badRecord(record, 'schema-mismatch', made.problem, { schemaId: id, cause: made.cause });
    this.#lastId = id;
    this.#last = made.use;
    return made.use;
  }

  #makeOf(id: number): Made<T> | undefined {
    const schema = this.#registry.known(id);
    if (schema === undefined) return undefined;
    const made = this.#tried(id, schema);
    this.#made.set(id, made);
    return made;
  }

  #tried(id: number, schema: SchemaText): Made<T> {
    const what = `the schema ${id}`;
    if (schema.kind !== this.#kind)
      return { problem: `${what} is ${named(schema.kind)}, not ${named(this.#kind)}` };
    try {
      return { use: this.#make(what, schema) };
    } catch (cause) {
      if (cause instanceof SchemaMismatch || cause instanceof SchemaInvalidError)
        return { problem: messageOf(cause).replace(/\.$/, ''), cause };
      throw cause;
    }
  }
}

const kinds: ReadonlyMap<string, string> = new Map([
  ['AVRO', 'Avro'],
  ['JSON', 'JSON Schema'],
  ['PROTOBUF', 'Protobuf, which is not read here'],
]);

const named = (kind: string): string =>
  kinds.get(kind) ?? `of a kind that is not known here (${excerpt(kind)})`;

function whyUnframed(value: Buffer): string {
  const frame = "a schema registry's frame (a byte 0 and an id of 4 bytes)";
  if (value.length < FRAME_BYTES) return `${value.length} bytes are too few for ${frame}`;
  return `the first byte is ${value[0]}, not the 0 of ${frame}`;
}

/** Said where a value that cannot be read without a registry looks like one that was written with one. */
export function hintOfFrame(value: Buffer): string {
  return value.length >= FRAME_BYTES && value[0] === 0
    ? '; it begins like a value with the id of a schema: give the registry'
    : '';
}

/** What a codec with a schema can do besides decoding and encoding. */
export function registering(
  codec: string,
  given: {
    readonly registry?: SchemaRegistry | undefined;
    readonly schema?: NewSchema | undefined;
    /** The longest value that is read, the id before it included. */
    readonly maxBytes: number;
  },
  decode: (record: KafkaRecord) => unknown,
): Pick<SchemaCodec, 'ready' | 'register'> & { framed(bytes: Buffer): Buffer } {
  const { registry, schema, maxBytes } = given;
  let frame: Buffer | undefined;
  return {
    ready: async (record, signal) => {
      for (;;) {
        try {
          decode(record);
          return;
        } catch (error) {
          if (error instanceof BadRecordError) return;
          await whenReady(error, [signal]);
        }
      }
    },
    register: async (topic, { subject = `${topic}-value`, create = true } = {}) => {
      if (registry === undefined || schema === undefined)
        throw new InvalidOptionError({
          option: registry === undefined ? 'registry' : 'schema',
          found: 'not given',
          expected: `both registry and schema of ${codec}, for what is written`,
        });
      const id = create
        ? await registry.register(subject, schema)
        : (await registry.lookUp(subject, schema)).id;
      frame = Buffer.alloc(FRAME_BYTES);
      frame.writeUInt32BE(id, 1);
      return id;
    },
    framed: (bytes) => {
      if (registry !== undefined && frame === undefined)
        throw new EncodeRowError({
          codec,
          problem: 'the schema has no id yet; await codec.register(topic) before the first row',
        });
      const value = frame === undefined ? bytes : Buffer.concat([frame, bytes]);
      if (value.length <= maxBytes) return value;
      const problem = `the row takes ${value.length} bytes, at most ${maxBytes} are read; raise maxBytes`;
      throw new EncodeRowError({ codec, problem });
    },
  };
}

/** Decodes a record into a row of `xs`: at once where that can be, else when what its codec needs first is there. */
export function decodeWhenReady(
  codec: Codec,
  record: KafkaRecord,
  { xs, row, signal }: { xs: RowValues; row: number; signal?: AbortSignal | undefined },
): void | Promise<void> {
  try {
    codec.decodeInto(record, xs, row);
  } catch (error) {
    return whenReady(error, [signal]).then(() => decodeWhenReady(codec, record, { xs, row, signal }));
  }
}

/** The record's value. @throws BadRecordError also where it holds no byte */
export function filledValue(record: KafkaRecord, maxBytes: number): Buffer {
  const value = valueOf(record, maxBytes);
  if (value.length === 0) throw badRecord(record, 'empty', 'the value holds nothing (0 bytes)');
  return value;
}
