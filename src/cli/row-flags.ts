/** On which rows is trained or served, from the flags: a codec that knows the labels, and scalers. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { mayBeInexact } from '../exact-json.ts';
import { isDecimal } from '../kafka/codec/csv-row.ts';
import { badRecord } from '../kafka/codec/errors.ts';
import { BadRecordError, type Codec, csvCodec, type DecodedRow, type KafkaRecord } from '../kafka/index.ts';
import {
  OnlineMedianImputer,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  type OnlineTransformer,
} from '../training/index.ts';
import { UsageError } from './errors.ts';
import { schemaCodec, withSchemaFlags, type SchemaFlags } from './schema-flags.ts';
import { delimiterOf, wholeNumber } from './values.ts';

/** The class each label stands for. */
type LabelClasses = ReadonlyMap<string, 0 | 1>;

/** The options that say how a record's value and key make up a row. */
export interface RowFlags extends SchemaFlags {
  /** Must be given for CSV. */
  columns?: number;
  label: string;
  labels?: LabelClasses;
  missing?: string[];
  /** Not given: a comma, or what the first row shows. */
  delimiter?: string;
  maxRowBytes?: number;
  scaler: 'standard' | 'minmax' | 'none';
}

/** Adds the options that say how records become rows. `label`: where the label is unless said otherwise. */
export function withRowFlags(command: Command, label: 'key' | 'none'): Command {
  return withSchemaFlags(command)
    .option('--columns <count>', 'for CSV: columns of a row, the label included if it is one', wholeNumber(1))
    .option(
      '--label <column>',
      label === 'key'
        ? 'key, or the column (from 0) that holds the label'
        : 'none, key, or the column (from 0) that holds the label',
      labelPlace(label === 'none'),
      label,
    )
    .option('--labels <label=class,..>', 'which labels are class 0 and 1 (default: 0=0,1=1)', labelClasses)
    .option(
      '--missing <mark>',
      'what stands for a missing value, such as ?; filled with the running median; may be repeated',
      (mark: string, before: string[] = []) => [...before, mark],
    )
    .option(
      '-d, --delimiter <character>',
      'what stands between the columns of a row (default: a comma, or what the first row shows)',
      delimiterOf,
    )
    .option(
      '--max-row-bytes <bytes>',
      'longest row accepted (default: 65536, or 32 a column if that is more)',
      wholeNumber(1),
    )
    .addOption(
      new Option('--scaler <kind>', 'how features are scaled')
        .choices(['standard', 'minmax', 'none'])
        .default('standard'),
    );
}

/** `key`, or a column by its index; where a row may have no label, `none`, too. */
function labelPlace(mayBeNone: boolean): (text: string) => string {
  return (text) => {
    if (text === 'key' || /^\d{1,9}$/.test(text) || (mayBeNone && text === 'none')) return text;
    const none = mayBeNone ? 'none, ' : '';
    throw new InvalidArgumentError(`It must be ${none}key, or the index of a column from 0.`);
  };
}

/** What fills gaps and scales features, as the flags say. */
export function scalersOf(
  { missing, scaler }: Pick<RowFlags, 'missing' | 'scaler'>,
  features: number,
): OnlineTransformer[] {
  return [
    ...(missing === undefined ? [] : [new OnlineMedianImputer(features)]),
    ...(scaler === 'standard' ? [new OnlineStandardScaler(features)] : []),
    ...(scaler === 'minmax' ? [new OnlineMinMaxScaler(features)] : []),
  ];
}

/** Bytes of a row that are accepted by default: the codec's own limit, and more for very wide rows. */
const rowBytes = (columns: number): number => Math.max(65_536, 32 * columns);

/** `2=0,4=1`: a class, 0 or 1, for each label; both classes must occur. */
export function labelClasses(text: string): LabelClasses {
  const classes = new Map<string, 0 | 1>();
  for (const part of text.split(',')) {
    const [, label, kind] = /^\s*(.+?)\s*=\s*([01])\s*$/.exec(part) ?? [];
    if (label === undefined)
      throw new InvalidArgumentError('It must be label=0 or label=1, such as 2=0,4=1.');
    if (classes.has(label))
      throw new InvalidArgumentError(`The label ${JSON.stringify(label)} is there twice.`);
    classes.set(label, Number(kind) as 0 | 1);
  }
  if (new Set(classes.values()).size === 2) return classes;
  throw new InvalidArgumentError('Both classes must occur, such as 2=0,4=1.');
}

/** Flags that were given and mean CSV. */
function onlyForCsv({ columns, delimiter, label }: Omit<RowFlags, 'scaler'>): string[] {
  return [
    ...(columns === undefined ? [] : ['--columns']),
    ...(delimiter === undefined ? [] : ['--delimiter']),
    ...(/^\d+$/.test(label) ? ['--label with a column'] : []),
  ];
}

/** What may stand between columns where it was not said and is no comma. */
const otherDelimiters = [';', '\t', '|'];

/**
 * A codec of rows with labels 0 and 1; a record with any other label is bad. In the key a label may be any text, in a
 * column a number; `none`: rows have none. Where no delimiter was given and the first row is none with commas, but is one of the right length with
 * another, that one holds from there on, and `remark` is called.
 */
export function rowCodec(flags: Omit<RowFlags, 'scaler'>, remark: (text: string) => void = () => {}): Codec {
  const { columns, labels, missing = [], maxRowBytes } = flags;
  const label = flags.labelField ?? flags.label;
  const textKey = label === 'key' && labels !== undefined;
  const bySchema = schemaCodec(flags, { ...flags, label: textKey ? 'none' : label }, onlyForCsv(flags));
  const codecOf = (delimiter: string): Codec => {
    if (columns === undefined)
      throw new UsageError({ problem: "required option '--columns <count>' not specified" });
    return csvCodec({
      columns,
      label: textKey ? 'none' : /^\d+$/.test(label) ? Number(label) : label,
      delimiter,
      maxBytes: maxRowBytes ?? rowBytes(columns),
      missing: Object.fromEntries(missing.map((mark) => [mark, NaN])),
    });
  };
  let codec = bySchema ?? codecOf(flags.delimiter ?? ',');
  let isOpen = bySchema === undefined && flags.delimiter === undefined;
  function classOf(record: KafkaRecord, found: number): number {
    if (label === 'none') return NaN;
    if (labels === undefined) {
      if (found === 0 || found === 1) return found;
      throw bad(
        record,
        `the label is ${found}, not 0 or 1 (--labels 2=0,4=1 says which class each label stands for)`,
      );
    }
    const given = textKey ? (record.key?.toString('utf8').trim() ?? '') : found;
    const kind = classOfLabel(labels, given);
    if (!Number.isNaN(kind)) return kind;
    const text = String(given);
    const known = [...labels.keys()].join(', ');
    throw bad(record, `the label is ${JSON.stringify(text.slice(0, 40))}, which is not among ${known}`);
  }

  /** The label as it is written: float32 rounds fractions, and whole numbers from 2^24 on. */
  function unrounded(record: KafkaRecord, found: number): number {
    const isExact = Number.isInteger(found) && Math.abs(found) < 2 ** 24;
    return isExact || labels === undefined || Number.isNaN(found) ? found : codec.decode(record).ys;
  }

  /** Settles the delimiter by the first row that shows it. */
  function settle(record: KafkaRecord): void {
    const fits = (one: Codec): boolean => {
      try {
        one.decode(record);
        return true;
      } catch (error) {
        // Of the right length: whatever else is wrong with it, it is a row with this delimiter.
        return (
          error instanceof BadRecordError &&
          ['not-a-number', 'not-finite', 'bad-label'].includes(error.reason)
        );
      }
    };
    const found = fits(codec) ? ',' : otherDelimiters.find((delimiter) => fits(codecOf(delimiter)));
    if (found === undefined) return;
    isOpen = false;
    if (found === ',') return;
    codec = codecOf(found);
    remark(
      `The rows hold ${JSON.stringify(found)} between their columns, as --delimiter '${found}' would say.`,
    );
  }

  return {
    features: codec.features,
    encode: (row) => codec.encode(row),
    decode: (record): DecodedRow => {
      if (isOpen) settle(record);
      const { xs, ys } = codec.decode(record);
      return { xs, ys: classOf(record, ys) };
    },
    decodeInto: (record, xs, row, ys) => {
      if (isOpen) settle(record);
      const into = ys ?? new Float32Array(row + 1);
      codec.decodeInto(record, xs, row, into);
      into[row] = classOf(record, unrounded(record, into[row]!));
    },
  };
}

/**
 * The class of a label, also of another way to write the same number; NaN where it has none. Of whole numbers every digit counts:
 * also those that float64 cannot tell apart are two labels.
 */
export function classOfLabel(labels: LabelClasses, label: string | number): number {
  const exact = labels.get(String(label));
  if (exact !== undefined) return exact;
  const number = typeof label === 'number' ? label : numberIn(label);
  if (!Number.isFinite(number)) return NaN;
  const isSame = (other: string): boolean =>
    numberIn(other) === number && (!mayBeInexact(number) || wholeOf(other) === wholeOf(label));
  let kind = NaN;
  for (const [other, its] of labels) if (isSame(other)) kind = its;
  return kind;
}

/** A number as rows write it: `0x2` is a text. */
const numberIn = (text: string): number => (isDecimal(text.trim()) ? Number(text) : NaN);

/** A number beyond 2^53; of a text by all its digits. */
const wholeOf = (label: string | number): bigint =>
  typeof label === 'string' && /^[+-]?\d+$/.test(label)
    ? BigInt(label.replace('+', ''))
    : BigInt(Number(label));

function bad(record: KafkaRecord, detail: string): BadRecordError {
  return badRecord(record, 'bad-label', detail);
}
