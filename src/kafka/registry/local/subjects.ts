/** What a small local schema registry keeps: schemas by id, versions of subjects, and which versions may follow which. */
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../../errors.ts';
import { type CompatibilityLevel, compatibilityLevels } from '../registry.ts';
import {
  avroType,
  jsonValidator,
  parsedSchema,
  type AvroType,
  type SchemaKind,
  type SchemaText,
} from '../schemas.ts';

/** An answer that is a refusal: HTTP's status, and the registry's own code and words. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface ReferenceGiven {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema as requests give it. */
export interface SchemaGiven {
  readonly schema?: unknown;
  readonly schemaType?: unknown;
  readonly references?: unknown;
}

/** A schema as it is kept. */
export interface KeptSchema extends SchemaText {
  readonly id: number;
  readonly given: readonly ReferenceGiven[];
}

/** A version of a subject. */
export interface KeptVersion {
  readonly subject: string;
  readonly version: number;
  readonly schema: KeptSchema;
}

/** Subjects and schemas, in memory. */
export class Subjects {
  readonly #schemas = new Map<number, KeptSchema>();
  readonly #subjects = new Map<string, KeptVersion[]>();
  readonly #levels = new Map<string, CompatibilityLevel>();
  #level: CompatibilityLevel = 'BACKWARD';

  get names(): string[] {
    return [...this.#subjects.keys()].sort();
  }

  byId(id: number): KeptSchema {
    const found = this.#schemas.get(id);
    if (found === undefined) throw new Refusal(404, 40403, `Schema ${id} not found`);
    return found;
  }

  versions(subject: string): readonly KeptVersion[] {
    const found = this.#subjects.get(subject);
    if (found === undefined) throw new Refusal(404, 40401, `Subject '${subject}' not found.`);
    return found;
  }

  version(subject: string, text: string): KeptVersion {
    const versions = this.versions(subject);
    if (text === 'latest' || text === '-1') return versions.at(-1)!;
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1)
      throw new Refusal(
        422,
        42202,
        `The specified version '${text}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
      );
    const found = versions.find((one) => one.version === number);
    if (found === undefined) throw new Refusal(404, 40402, `Version ${text} not found.`);
    return found;
  }

  lookUp(subject: string, given: SchemaGiven): KeptVersion {
    const versions = this.versions(subject);
    const schema = this.#checked(given);
    const found = versions.find((one) => isSame(one.schema, schema));
    if (found === undefined) throw new Refusal(404, 40403, 'Schema not found');
    return found;
  }

  /** Registers; the same schema has the same id under every subject. */
  register(subject: string, given: SchemaGiven): KeptSchema {
    const schema = this.#checked(given);
    const versions = this.#subjects.get(subject) ?? [];
    const there = versions.find((one) => isSame(one.schema, schema));
    if (there !== undefined) return there.schema;
    const problems = this.#problems(subject, versions, schema);
    if (problems.length > 0)
      throw new Refusal(
        409,
        409,
        `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${problems.join('; ')}]`,
      );
    const same = [...this.#schemas.values()].find((one) => isSame(one, schema));
    const kept = same ?? { ...schema, id: this.#schemas.size + 1 };
    this.#schemas.set(kept.id, kept);
    this.#subjects.set(subject, [
      ...versions,
      { subject, version: (versions.at(-1)?.version ?? 0) + 1, schema: kept },
    ]);
    return kept;
  }

  /** What is between a schema and a version of the subject. */
  problemsWith(subject: string, version: string, given: SchemaGiven): string[] {
    return this.#problems(subject, [this.version(subject, version)], this.#checked(given));
  }

  levelOf(subject: string | undefined): CompatibilityLevel | undefined {
    return subject === undefined ? this.#level : this.#levels.get(subject);
  }

  setLevel(subject: string | undefined, given: unknown): CompatibilityLevel {
    const level = compatibilityLevels.find((one) => one === String(given).toUpperCase());
    if (level === undefined)
      throw new Refusal(
        422,
        42203,
        `Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive`,
      );
    if (subject === undefined) this.#level = level;
    else this.#levels.set(subject, level);
    return level;
  }

  #problems(subject: string, versions: readonly KeptVersion[], schema: Unkept): string[] {
    const level = this.#levels.get(subject) ?? this.#level;
    if (level === 'NONE' || versions.length === 0) return [];
    const earlier = level.endsWith('_TRANSITIVE') ? versions : versions.slice(-1);
    return earlier.flatMap((one) => {
      if (one.schema.kind !== schema.kind) return [`version ${one.version} is ${one.schema.kind}`];
      if (schema.kind !== 'AVRO')
        return ['this small registry does not judge versions of JSON Schema: set the compatibility to NONE'];
      const [older, newer] = [typeOf(one.schema), typeOf(schema)];
      const backward = level.startsWith('FORWARD') ? [] : cannotRead(newer, older);
      const forward = level.startsWith('BACKWARD') ? [] : cannotRead(older, newer);
      return [...backward, ...forward];
    });
  }

  #checked({ schema, schemaType = 'AVRO', references }: SchemaGiven): Unkept {
    if (typeof schema !== 'string' || schema === '') throw new Refusal(422, 42201, 'Empty schema');
    const kind = String(schemaType) as SchemaKind;
    if (kind !== 'AVRO' && kind !== 'JSON')
      throw new Refusal(422, 422, `Schema type ${kind} is not one of this small registry: AVRO, JSON`);
    const given = Array.isArray(references) ? (references as readonly ReferenceGiven[]) : [];
    const found: { readonly name: string; readonly text: string }[] = [];
    const add = (list: readonly ReferenceGiven[]): void => {
      for (const { name, subject, version } of list) {
        const other = this.version(subject, String(version)).schema;
        add(other.given);
        // Two of one name are both kept: the check below refuses them.
        const isThere = found.some((one) => one.name === name && one.text === other.text);
        if (!isThere) found.push({ name, text: other.text });
      }
    };
    add(given);
    const kept = {
      kind,
      text: schema,
      given,
      references: found,
    };
    try {
      if (kind === 'AVRO') typeOf(kept);
      else jsonValidator('The schema', kept);
    } catch (error) {
      throw new Refusal(422, 42201, `Invalid schema: ${messageOf(error)}`);
    }
    return kept;
  }
}

type Unkept = Omit<KeptSchema, 'id'>;

const typeOf = (schema: Unkept): AvroType => avroType('The schema', schema);

function isSame(one: Unkept, other: Unkept): boolean {
  return (
    one.kind === other.kind &&
    isDeepStrictEqual(parsedSchema('', one.text), parsedSchema('', other.text)) &&
    isDeepStrictEqual(one.given, other.given)
  );
}

function cannotRead(reader: AvroType, writer: AvroType): string[] {
  try {
    reader.createResolver(writer);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}
