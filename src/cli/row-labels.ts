/** Reads rows whose labels are not 0 and 1 yet: `--labels 2=0,4=1`. */
import { InvalidArgumentError } from 'commander';
import { BadRecordError, csvCodec, type Codec, type DecodedRow, type KafkaRecord } from '../kafka/index.ts';

/** The class each label stands for. */
export type LabelClasses = ReadonlyMap<string, 0 | 1>;

/** The options that say how a record's value and key make up a row. */
export interface RowFlags {
  columns: number;
  label: string;
  labels?: LabelClasses;
  missing?: string[];
  delimiter: string;
  maxRowBytes?: number;
}

/** Bytes of a row that are accepted unless told otherwise: the codec's own limit, and more for very wide rows. */
export const rowBytes = (columns: number): number => Math.max(65_536, 32 * columns);

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

/**
 * A codec of CSV rows with labels 0 and 1; a record with any other label is bad. In the key a label may be any text, in a
 * column a number.
 */
export function rowCodec({ columns, label, labels, missing = [], delimiter, maxRowBytes }: RowFlags): Codec {
  const textKey = label === 'key' && labels !== undefined;
  const codec = csvCodec({
    columns,
    label: textKey ? 'none' : /^\d+$/.test(label) ? Number(label) : label,
    delimiter,
    maxBytes: maxRowBytes ?? rowBytes(columns),
    missing: Object.fromEntries(missing.map((mark) => [mark, NaN])),
  });
  const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text));
  const byNumber = new Map(
    [...(labels ?? [])].filter(([text]) => isNumber(text)).map(([text, kind]) => [Number(text), kind]),
  );

  function classOf(record: KafkaRecord, found: number): number {
    if (labels === undefined) {
      if (found === 0 || found === 1) return found;
      throw bad(
        record,
        `the label is ${found}, not 0 or 1 (--labels 2=0,4=1 says which class each label stands for)`,
      );
    }
    const text = textKey ? (record.key?.toString('utf8').trim() ?? '') : String(found);
    const kind = labels.get(text) ?? (isNumber(text) ? byNumber.get(Number(text)) : undefined);
    if (kind !== undefined) return kind;
    const known = [...labels.keys()].join(', ');
    throw bad(record, `the label is ${JSON.stringify(text.slice(0, 40))}, which is not among ${known}`);
  }

  return {
    features: codec.features,
    encode: codec.encode,
    decode: (record): DecodedRow => {
      const { xs, ys } = codec.decode(record);
      return { xs, ys: classOf(record, ys) };
    },
    decodeInto: (record, xs, row, ys) => {
      const into = ys ?? new Float32Array(row + 1);
      codec.decodeInto(record, xs, row, into);
      into[row] = classOf(record, into[row]!);
    },
  };
}

function bad(record: KafkaRecord, detail: string): BadRecordError {
  return new BadRecordError(record, 'bad-label', detail);
}
