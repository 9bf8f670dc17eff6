/** A schema registry as codecs use it: schemas by id, each fetched once; subjects and their versions. */
import { performance } from 'node:perf_hooks';
import { checkInteger, invalidOption } from '../../options.ts';
import { SchemaIncompatibleError, SchemaPendingError, SchemaRegistryRefusedError } from './errors.ts';
import { RegistryHttp, type RegistryAccess } from './request.ts';
import { SchemaFetch, type Asking } from './schema-fetch.ts';
import type { SchemaKind, SchemaText } from './schemas.ts';

/** Options of {@link schemaRegistry}. */
export type SchemaRegistryOptions = RegistryAccess;

/** A version of a subject. */
export interface SubjectVersion {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly kind: SchemaKind;
  /** The schema's text. */
  readonly schema: string;
}

/** A schema to be registered or looked up. */
export interface NewSchema {
  /** Default `'AVRO'`. */
  kind?: 'AVRO' | 'JSON';
  /** Its text, or what its JSON holds. */
  schema: string | object;
  /** Other subjects' versions that it refers to by name. */
  references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

/** Levels of compatibility that registries know. */
export const compatibilityLevels = [
  ...['NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'],
] as const;

/** How versions of a subject must go together. */
export type CompatibilityLevel = (typeof compatibilityLevels)[number];

/** An id that the registry does not know is asked for again after so long. */
const UNKNOWN_FOR_MS = 60_000;
/** So many unknown ids are remembered. */
const MOST_UNKNOWN = 10_000;

interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

interface Given {
  readonly schema?: unknown;
  readonly schemaType?: unknown;
  readonly references?: unknown;
  readonly id?: unknown;
  readonly version?: unknown;
  readonly subject?: unknown;
}

/**
 * A schema registry that speaks Confluent's REST API. Nothing is asked before it is needed; there is nothing to close.
 *
 * @example
 * ```ts
 * const registry = schemaRegistry({ url: 'http://127.0.0.1:8081' });
 * const codec = avroCodec({ registry, fields: ['clump', 'size'], label: 'class' });
 * ```
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`), KafkaSettingsError for files of `tls`
 */
export function schemaRegistry(options: SchemaRegistryOptions): SchemaRegistry {
  return new SchemaRegistry(options);
}

/** See {@link schemaRegistry}. All that asks throws SchemaRegistryAwayError or SchemaRegistryRefusedError. */
export class SchemaRegistry {
  readonly #http: RegistryHttp;
  readonly #schemas = new Map<number, SchemaText>();
  readonly #unknown = new Map<number, number>();
  readonly #coming = new Map<number, SchemaFetch>();

  constructor(options: SchemaRegistryOptions) {
    this.#http = new RegistryHttp('schemaRegistry', options);
  }

  /** Its address, without credentials. */
  get url(): string {
    return this.#http.url;
  }

  /**
   * The schema of an id as far as it is here; undefined where the registry has said that there is none.
   *
   * @throws SchemaPendingError (`ST_KAFKA_SCHEMA_PENDING`) where it has not been asked; the error's `ready` is then asking
   */
  known(id: number): SchemaText | undefined {
    const schema = this.#schemas.get(id);
    if (schema !== undefined) return schema;
    const since = this.#unknown.get(id);
    if (since !== undefined && performance.now() - since < UNKNOWN_FOR_MS) return undefined;
    throw new SchemaPendingError({ id, url: this.url, fetching: this.#fetching(id) });
  }

  /** The schema of an id, asked for once; undefined where the registry has none. */
  async schema(id: number): Promise<SchemaText | undefined> {
    checkInteger('id', id, { most: 0xffff_ffff });
    if (!this.#schemas.has(id)) await this.#fetching(id).wait();
    return this.#schemas.get(id);
  }

  #fetching(id: number): SchemaFetch {
    const coming = this.#coming.get(id);
    if (coming !== undefined && !coming.isGivenUp) return coming;
    const ask = (asking: Asking): Promise<void> =>
      this.#fetch(id, asking).finally(() => {
        if (this.#coming.get(id) === fetching) this.#coming.delete(id);
      });
    const fetching: SchemaFetch = new SchemaFetch(ask, () => this.#fetching(id));
    this.#coming.set(id, fetching);
    return fetching;
  }

  async #fetch(id: number, asking: Asking): Promise<void> {
    // It has come to others since the one who asks met it.
    if (this.#schemas.has(id)) return;
    let given: Given | null;
    try {
      given = await this.#get<Given | null>(`/schemas/ids/${id}`, asking);
    } catch (error) {
      if (!(error instanceof SchemaRegistryRefusedError) || error.errorCode !== 40403) throw error;
      if (this.#unknown.size >= MOST_UNKNOWN) this.#unknown.clear();
      this.#unknown.set(id, performance.now());
      return;
    }
    this.#schemas.set(id, await this.#withReferences(given, asking));
    this.#unknown.delete(id);
  }

  async #withReferences(given: Given | null, asking: Asking): Promise<SchemaText> {
    const found: { readonly name: string; readonly text: string }[] = [];
    const texts = new Map<string, string>();
    const add = async (list: readonly Reference[], within: readonly string[]): Promise<void> => {
      for (const { name, subject, version } of list) {
        const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
        if (within.includes(path)) throw wrongAnswer(path, this.url, 'the schema refers to itself');
        if (!texts.has(path)) {
          // A version that was deleted since is still what the schema refers to.
          const other = await this.#get<Given | null>(`${path}?deleted=true`, asking);
          await add(referencesOf(other, path, this.url), [...within, path]);
          texts.set(path, textOf(other, path, this.url));
        }
        const text = texts.get(path)!;
        // Two of one name are both kept: who makes a schema of them refuses it.
        if (!found.some((one) => one.name === name && one.text === text)) found.push({ name, text });
      }
    };
    await add(referencesOf(given, 'a schema', this.url), []);
    return {
      kind: kindOf(given, 'a schema', this.url),
      text: textOf(given, 'a schema', this.url),
      references: found,
    };
  }

  /** Names of all subjects. */
  async subjects(): Promise<string[]> {
    return listOf(await this.#get('/subjects'), isName, 'GET /subjects', this.url);
  }

  /** Numbers of a subject's versions. */
  async versions(subject: string): Promise<number[]> {
    const path = `/subjects/${encodeURIComponent(checkedSubject(subject))}/versions`;
    return listOf(await this.#get(path), isVersion, `GET ${path}`, this.url);
  }

  /** A version of a subject; the newest by default. */
  async version(subject: string, version: number | 'latest' = 'latest'): Promise<SubjectVersion> {
    if (version !== 'latest') checkInteger('version', version, { least: 1 });
    return this.#versionOf(
      await this.#get<Given | null>(
        `/subjects/${encodeURIComponent(checkedSubject(subject))}/versions/${version}`,
      ),
    );
  }

  /**
   * Registers a schema as the newest version of a subject, unless it is one already.
   *
   * @returns its id
   * @throws SchemaIncompatibleError (`ST_KAFKA_SCHEMA_INCOMPATIBLE`) where earlier versions do not allow it
   */
  async register(subject: string, schema: NewSchema): Promise<number> {
    const path = `/subjects/${encodeURIComponent(checkedSubject(subject))}/versions`;
    try {
      const given = (await this.#http.ask({ method: 'POST', path, body: bodyOf(schema) })) as Given | null;
      return idOf(given?.id, `POST ${path}`, this.url);
    } catch (error) {
      if (!(error instanceof SchemaRegistryRefusedError) || error.status !== 409) throw error;
      throw new SchemaIncompatibleError({ subject, url: this.url, problem: error.problem, cause: error });
    }
  }

  /** The version of a subject that such a schema is; refused (code 40403) where it is none. */
  async lookUp(subject: string, schema: NewSchema): Promise<SubjectVersion> {
    const path = `/subjects/${encodeURIComponent(checkedSubject(subject))}`;
    return this.#versionOf(
      (await this.#http.ask({ method: 'POST', path, body: bodyOf(schema) })) as Given | null,
    );
  }

  /** Whether a subject would take such a schema as its next version. */
  async isCompatible(subject: string, schema: NewSchema): Promise<boolean> {
    const path = `/compatibility/subjects/${encodeURIComponent(checkedSubject(subject))}/versions/latest`;
    const answer = await this.#http.ask({ method: 'POST', path, body: bodyOf(schema) });
    const { is_compatible: isCompatible } = (answer ?? {}) as { is_compatible?: unknown };
    if (typeof isCompatible === 'boolean') return isCompatible;
    throw wrongAnswer(`POST ${path}`, this.url, 'the answer does not say whether it is');
  }

  /** Says how versions of a subject must go together. */
  async setCompatibility(subject: string, level: CompatibilityLevel): Promise<void> {
    if (!compatibilityLevels.includes(level))
      throw invalidOption('level', level, `one of ${compatibilityLevels.join(', ')}`);
    const path = `/config/${encodeURIComponent(checkedSubject(subject))}`;
    await this.#http.ask({ method: 'PUT', path, body: { compatibility: level } });
  }

  async #get<T>(path: string, asking?: Asking): Promise<T> {
    return (await this.#http.ask({ method: 'GET', path }, asking)) as T;
  }

  #versionOf(given: Given | null): SubjectVersion {
    const { subject, version } = given ?? {};
    if (!isName(subject) || !isVersion(version))
      throw wrongAnswer('a version', this.url, 'the answer holds no subject and version');
    return {
      ...{ subject, version },
      id: idOf(given?.id, 'a version', this.url),
      kind: kindOf(given, 'a version', this.url),
      schema: textOf(given, 'a version', this.url),
    };
  }
}

function checkedSubject(subject: string): string {
  // Addresses fold `.` and `..`, however they are written.
  if (isName(subject) && subject !== '.' && subject !== '..') return subject;
  throw invalidOption('subject', subject, 'a name such as cancer-train-value');
}

function bodyOf({ kind = 'AVRO', schema, references = [] }: NewSchema): object {
  return {
    schema: typeof schema === 'string' ? schema : JSON.stringify(schema),
    ...(kind !== 'AVRO' && { schemaType: kind }),
    ...(references.length > 0 && { references }),
  };
}

const isName = (given: unknown): given is string => typeof given === 'string' && given !== '';
const isVersion = (given: unknown): given is number => Number.isInteger(given) && (given as number) >= 1;

/** Registries leave the kind out for Avro. */
function kindOf(given: Given | null, request: string, url: string): SchemaKind {
  const schemaType = given?.schemaType;
  if (schemaType === undefined || schemaType === null) return 'AVRO';
  if (isName(schemaType)) return schemaType as SchemaKind;
  throw wrongAnswer(request, url, 'the answer holds no kind of schema');
}

function referencesOf(given: Given | null, request: string, url: string): readonly Reference[] {
  const list = given?.references ?? [];
  const isReference = (one: unknown): one is Reference => {
    const { name, subject, version } = (one ?? {}) as Partial<Reference>;
    return isName(name) && isName(subject) && (isVersion(version) || version === -1);
  };
  return listOf(list, isReference, request, url);
}

function listOf<T>(given: unknown, is: (one: unknown) => one is T, request: string, url: string): T[] {
  if (Array.isArray(given) && given.every(is)) return given;
  throw wrongAnswer(request, url, 'the answer is not the list that was asked for');
}

function textOf(given: Given | null, request: string, url: string): string {
  const schema = given?.schema;
  if (typeof schema === 'string') return schema;
  throw wrongAnswer(request, url, 'the answer holds no schema');
}

function idOf(id: unknown, request: string, url: string): number {
  if (Number.isInteger(id)) return id as number;
  throw wrongAnswer(request, url, 'the answer holds no id');
}

function wrongAnswer(request: string, url: string, problem: string): SchemaRegistryRefusedError {
  return new SchemaRegistryRefusedError({ request, url, status: 200, errorCode: undefined, problem });
}
