/** Rows of Flink's results as objects: each value in the one form of JavaScript that loses nothing, or none. */
import { FlinkValueError } from '../errors.ts';

/** A column as the gateway describes it. */
export interface RestColumn {
  readonly name: string;
  readonly logicalType: LogicalType;
}

/** A type as the gateway describes it. */
interface LogicalType {
  readonly type: string;
  readonly nullable?: boolean;
  readonly precision?: number;
  readonly scale?: number;
  readonly elementType?: LogicalType;
  readonly keyType?: LogicalType;
  readonly valueType?: LogicalType;
  readonly fields?: readonly { readonly name: string; readonly fieldType: LogicalType }[];
}

/** A column of a result. */
export interface SqlColumn {
  readonly name: string;
  /** `BIGINT`, `DECIMAL(10, 2)`, `ARRAY<INTEGER>`. */
  readonly type: string;
  readonly nullable: boolean;
}

/** A value of a result: bytes are a Buffer, a TIMESTAMP_LTZ is a Date, other times and dates are ISO 8601 without a zone. */
export type SqlValue =
  | string
  | number
  | boolean
  | null
  | Date
  | Buffer
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue };

/** A row of a result, by the names of its columns. */
export type SqlRow = { readonly [column: string]: SqlValue };

/** A column as users see it. */
export function columnOf({ name, logicalType }: RestColumn): SqlColumn {
  return { name, type: nameOf(logicalType), nullable: logicalType.nullable ?? true };
}

/**
 * One row as an object.
 *
 * @throws {@link FlinkValueError} (`ST_ENGINES_FLINK_VALUE`) for a whole number beyond 2^53, a number that is not finite, a
 *   decimal of more than 15 digits, a time finer than a ms in a Date, a map's key that may be NULL, and types without a counterpart
 */
export function rowOf(columns: readonly RestColumn[], fields: readonly unknown[]): SqlRow {
  return Object.fromEntries(
    columns.map(({ name, logicalType }, at) => [name, valueOf(name, logicalType, fields[at] ?? null)]),
  );
}

function valueOf(column: string, type: LogicalType, value: unknown): SqlValue {
  const refuse = (why: string): never => {
    throw new FlinkValueError({ column, type: nameOf(type), why });
  };
  if (value === null) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  switch (type.type) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return Number.isSafeInteger(value)
        ? (value as number)
        : refuse('holds a number beyond 2^53, which JavaScript would round');
    case 'FLOAT':
    case 'DOUBLE':
      return Number.isFinite(value) ? (value as number) : refuse(`holds ${text}`);
    case 'DECIMAL':
      if ((type.precision ?? Infinity) > 15)
        refuse('may have more digits than the 15 that a number of JavaScript keeps');
      return Number(value);
    case 'TIMESTAMP_WITH_LOCAL_TIME_ZONE':
      if ((type.precision ?? 0) > 3 && /\.\d{3}0*[1-9]/.test(text))
        refuse('holds a time finer than a millisecond');
      return new Date(text);
    case 'BINARY':
    case 'VARBINARY':
      return Buffer.from(text, 'base64');
    case 'BOOLEAN':
      return value as boolean;
    case 'CHAR':
    case 'VARCHAR':
    case 'DATE':
    case 'TIME_WITHOUT_TIME_ZONE':
    case 'TIMESTAMP_WITHOUT_TIME_ZONE':
      return text;
    case 'ARRAY':
      return (value as unknown[]).map((each) => nested(column, type.elementType, each));
    case 'MAP': {
      if (!['CHAR', 'VARCHAR'].includes(type.keyType?.type ?? '')) refuse('has keys that are no text');
      const entries = Object.entries(value as object);
      // Flink writes both alike, and where both are there one of them is lost.
      if (Object.hasOwn(value as object, 'null')) refuse('has a key that is NULL, or the text "null"');
      return Object.fromEntries(entries.map(([key, each]) => [key, nested(column, type.valueType, each)]));
    }
    case 'ROW': {
      const fields = value as Record<string, unknown>;
      return Object.fromEntries(
        (type.fields ?? []).map(({ name, fieldType }) => [
          name,
          nested(column, fieldType, fields[name] ?? null),
        ]),
      );
    }
    default:
      return refuse('has no counterpart in JavaScript');
  }
}

function nested(column: string, type: LogicalType | undefined, value: unknown): SqlValue {
  return valueOf(column, type ?? { type: 'unknown' }, value);
}

function nameOf({ type, precision, scale, elementType }: LogicalType): string {
  if (elementType) return `${type}<${nameOf(elementType)}>`;
  if (precision === undefined) return type;
  return `${type}(${[precision, ...(scale === undefined ? [] : [scale])].join(', ')})`;
}
