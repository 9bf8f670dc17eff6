/**
 * Names that every JavaScript object has by itself (`constructor`, `toString`, `__proto__`), as fields and types of Avro. `avsc`
 * 5.7.9 looks names up in plain objects: it took such a field for one that is read, so that its bytes were counted among those
 * of the next one, or failed. Beneath the codecs they have other names.
 */

/** What stands behind such a name. No schema of sense has it. */
const MARK = '__of_the_schema';

const isInherited = (name: string): boolean => name in Object.prototype;

/** The name by which `avsc` knows a field or type. */
export function innerName(name: string): string {
  return name.split('.').some(isInherited)
    ? name
        .split('.')
        .map((part) => (isInherited(part) ? part + MARK : part))
        .join('.')
    : name;
}

/** The name that the schema has. */
export function outerName(inner: string): string {
  const name = inner.slice(0, -MARK.length);
  return inner.endsWith(MARK) && isInherited(name) ? name : inner;
}

/** A schema of Avro, parsed, with inner names. */
export function withInnerNames(schema: unknown): unknown {
  if (typeof schema === 'string') return innerName(schema);
  if (Array.isArray(schema)) return schema.map(withInnerNames);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { name, namespace, aliases, type, items, values, fields, ...rest } = schema as Readonly<
    Record<string, unknown>
  >;
  return {
    ...rest,
    ...named({ name, namespace, aliases }),
    ...present({ type, items, values }, withInnerNames),
    ...(Array.isArray(fields) ? { fields: fields.map(fieldWithInnerNames) } : present({ fields }, same)),
  };
}

function fieldWithInnerNames(field: unknown): unknown {
  if (typeof field !== 'object' || field === null) return field;
  const { name, aliases, type, default: otherwise, ...rest } = field as Readonly<Record<string, unknown>>;
  return {
    ...rest,
    ...named({ name, aliases }),
    ...present({ type }, withInnerNames),
    ...present({ default: otherwise }, keysWithInnerNames),
  };
}

const same = (value: unknown): unknown => value;

/** A name, the space that it is in, and other names. A reference to it may name both. */
const named = ({ aliases, ...names }: Readonly<Record<string, unknown>>): object => ({
  ...present(names, (one) => (typeof one === 'string' ? innerName(one) : one)),
  ...present({ aliases }, (list) => (Array.isArray(list) ? list.map(withInnerNames) : list)),
});

/** What is there, each made by `make`. */
function present(values: Readonly<Record<string, unknown>>, make: (value: unknown) => unknown): object {
  const there = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there.map(([key, value]) => [key, make(value)]));
}

/** A default: within records its keys are fields. Those of maps are none, and no codec reads them. */
function keysWithInnerNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysWithInnerNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [innerName(key), keysWithInnerNames(one)]),
  );
}
