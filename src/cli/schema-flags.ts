/** Rows that a schema describes, from the flags: Avro or JSON, with a schema registry or without. */
import fs from 'node:fs';
import { type Command, Option } from 'commander';
import { messageOf } from '../errors.ts';
import { avroCodec, jsonSchemaCodec, schemaRegistry, type Codec } from '../kafka/index.ts';
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

/** Adds the options of rows that a schema describes. */
export function withSchemaFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--codec <kind>', 'what values are').choices(['csv', 'avro', 'json-schema']).default('csv'),
    )
    .option('--schema <file>', 'with --codec: the schema values are read as (default: what wrote each)')
    .option('--registry <url>', 'with --codec: the schema registry whose ids are before the values')
    .option('--fields <names>', 'with --codec: features, with commas (default: all of --schema)', list)
    .option('--label-field <name>', 'with --codec: the field that holds the label');
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
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError({ problem: `--schema: ${file} cannot be read: ${messageOf(cause)}.`, cause });
  }
}
