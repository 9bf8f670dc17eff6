/** Rows that a schema describes, from the flags: Avro or JSON, with a schema registry or without. */
import fs from 'node:fs';
import { type Command, Option } from 'commander';
import { messageOf } from '../errors.ts';
import { badRecord, excerpt } from '../kafka/codec/errors.ts';
import { avroCodec, jsonSchemaCodec, schemaRegistry, type Codec, type KafkaRecord } from '../kafka/index.ts';
import { UsageError } from './errors.ts';
import { list } from './values.ts';

/** The options that say what values are, where they are no CSV. */
export interface SchemaFlags {
  codec?: 'csv' | 'avro' | 'json-schema';
  schema?: string;
  registry?: string;
  fields?: string[];
  labelField?: string;
}

/** Adds the options of rows that a schema describes; `labels`: whether rows have some. */
export function withSchemaFlags(command: Command, { labels = true } = {}): Command {
  command
    .addOption(
      new Option('--codec <kind>', 'what values are').choices(['csv', 'avro', 'json-schema']).default('csv'),
    )
    .option('--schema <file>', 'with --codec: the schema values are read as (default: what wrote each)')
    .option('--registry <url>', 'with --codec: the schema registry whose ids are before the values')
    .option('--fields <names>', 'with --codec: features, with commas (default: all of --schema)', list);
  if (labels) command.option('--label-field <name>', 'with --codec: the field that holds the label');
  return command;
}

/** What lines are where values are no CSV, for help. */
export const valueLines =
  'With --codec a line is the value of a record: JSON as it is; with --codec avro, or with --registry, its bytes in base64, as\n' +
  'bytes are no lines of text. What is missing is null (--missing null).\n';

/** The longest row of a file, in bytes: it is in memory already. */
export const ANY_LENGTH = Number.MAX_SAFE_INTEGER;

/**
 * The codec of values, one a line, of rows without a label; undefined for CSV. Bytes are in base64 there.
 *
 * @param features how many the model has
 * @throws UsageError (`ST_CLI_USAGE`) for flags that do not go together
 */
export function lineCodec(
  flags: SchemaFlags & { readonly missing?: readonly string[] },
  features: number,
  ofCsv: readonly string[],
): Codec | undefined {
  const { missing, codec: kind, registry } = flags;
  const limits = { label: 'none', maxRowBytes: ANY_LENGTH, ...(missing !== undefined && { missing }) };
  const codec = schemaCodec(flags, limits, ofCsv);
  if (codec === undefined) return undefined;
  if (codec.features !== features)
    throw new UsageError({
      problem: `--codec ${kind}: rows have ${codec.features} features and the model ${features}; --fields says which they are.`,
    });
  return kind === 'avro' || registry !== undefined ? ofBase64(codec) : codec;
}

/** The codec for values that are given in base64. */
function ofBase64(codec: Codec): Codec {
  const withBytes = (record: KafkaRecord): KafkaRecord => {
    const text = record.value?.toString('latin1') ?? '';
    const value = Buffer.from(text, 'base64');
    // Buffer passes over what is no base64.
    if (value.toString('base64') === text) return { ...record, value };
    const detail = `it is no base64, in which bytes are put into a line: ${excerpt(text)}`;
    throw badRecord(record, 'malformed', detail);
  };
  return {
    ...codec,
    decode: (record) => codec.decode(withBytes(record)),
    decodeInto: (record, xs, row, ys) => codec.decodeInto(withBytes(record), xs, row, ys),
  };
}

/** What of the flags of CSV rows matters here. */
interface RowLimits {
  readonly label: string;
  readonly missing?: readonly string[];
  readonly maxRowBytes?: number;
}

/**
 * The codec of rows that a schema describes; undefined for CSV.
 *
 * @throws UsageError (`ST_CLI_USAGE`) for flags that do not go together
 */
export function schemaCodec(
  flags: SchemaFlags,
  limits: RowLimits,
  ofCsv: readonly string[],
): Codec | undefined {
  const { codec = 'csv', schema, registry, fields } = flags;
  const misplaced = codec === 'csv' ? givenIn(flags) : ofCsv;
  if (misplaced.length > 0) {
    const where = codec === 'csv' ? '--codec avro or json-schema' : '--codec csv';
    throw new UsageError({ problem: `${misplaced.join(', ')}: goes with ${where}.` });
  }
  if (codec === 'csv') return undefined;
  const { label, missing, maxRowBytes } = limits;
  if (missing?.some((mark) => mark !== 'null') === true)
    throw new UsageError({
      problem: `--missing: with --codec ${codec} what is missing is null, and no other mark.`,
    });
  if (schema === undefined && registry === undefined)
    throw new UsageError({ problem: `--codec ${codec} goes with --schema, --registry, or both.` });
  const options = {
    ...(schema !== undefined && { schema: textOf(schema) }),
    ...(registry !== undefined && { registry: schemaRegistry({ url: registry }) }),
    ...(missing !== undefined && { missing: NaN }),
    ...(maxRowBytes !== undefined && { maxBytes: maxRowBytes }),
    label,
  };
  if (codec === 'avro') {
    if (schema === undefined && fields === undefined)
      throw new UsageError({ problem: '--codec avro without --schema goes with --fields.' });
    return avroCodec({ ...options, ...(fields !== undefined && { fields }) });
  }
  if (fields === undefined) throw new UsageError({ problem: '--codec json-schema goes with --fields.' });
  return jsonSchemaCodec({ ...options, fields });
}

function givenIn({ schema, registry, fields, labelField }: SchemaFlags): string[] {
  const given = {
    '--schema': schema,
    '--registry': registry,
    '--fields': fields,
    '--label-field': labelField,
  };
  return Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new UsageError({ problem: `--schema: ${file} cannot be read: ${messageOf(cause)}.`, cause });
  }
}
