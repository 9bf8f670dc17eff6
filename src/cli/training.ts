/** What `streamtrain train` trains, and on which rows, from its flags: a model, and a codec that knows the labels. */
import { InvalidArgumentError } from 'commander';
import { badRecord } from '../kafka/codec/errors.ts';
import { BadRecordError, type Codec, csvCodec, type DecodedRow, type KafkaRecord } from '../kafka/index.ts';
import { buildClassifier, compileTrainStep, loadModel, type OnlineModel } from '../model/index.ts';
import { tensorflow } from '../tensorflow.ts';
import { LogisticRegression } from '../training/index.ts';

/** The class each label stands for. */
type LabelClasses = ReadonlyMap<string, 0 | 1>;

/** The options that say how a record's value and key make up a row. */
export interface RowFlags {
  columns: number;
  label: string;
  labels?: LabelClasses;
  missing?: string[];
  /** Not given: a comma, or what the first row shows. */
  delimiter?: string;
  maxRowBytes?: number;
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

/** What may stand between columns where it was not said and is no comma. */
const otherDelimiters = [';', '\t', '|'];

/**
 * A codec of CSV rows with labels 0 and 1; a record with any other label is bad. In the key a label may be any text, in a
 * column a number. Where no delimiter was given and the first row is none with commas, but is one of the right length with
 * another, that one holds from there on, and `remark` is called.
 */
export function rowCodec(flags: RowFlags, remark: (text: string) => void = () => {}): Codec {
  const { columns, label, labels, missing = [], maxRowBytes } = flags;
  const textKey = label === 'key' && labels !== undefined;
  const codecOf = (delimiter: string): Codec =>
    csvCodec({
      columns,
      label: textKey ? 'none' : /^\d+$/.test(label) ? Number(label) : label,
      delimiter,
      maxBytes: maxRowBytes ?? rowBytes(columns),
      missing: Object.fromEntries(missing.map((mark) => [mark, NaN])),
    });
  let codec = codecOf(flags.delimiter ?? ',');
  let isOpen = flags.delimiter === undefined;
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
      into[row] = classOf(record, into[row]!);
    },
  };
}

function bad(record: KafkaRecord, detail: string): BadRecordError {
  return badRecord(record, 'bad-label', detail);
}

/** The options a model is made from. */
export interface ModelFlags {
  hidden?: number[];
  dropout?: number[];
  linear?: boolean;
  model?: string;
  learningRate?: number;
  seed: number;
}

/**
 * The article's classifier, hidden layers of one's own, a saved model, or a logistic regression (which needs no
 * TensorFlow); compiled, with Adam and binary cross-entropy. The caller disposes it.
 */
export async function modelOf(flags: ModelFlags, features: number): Promise<OnlineModel> {
  const { seed, learningRate } = flags;
  const rate = learningRate === undefined ? {} : { learningRate };
  if (flags.linear === true) return new LogisticRegression({ features, ...rate });
  const layers =
    flags.model !== undefined
      ? await loadModel(flags.model)
      : flags.hidden !== undefined
        ? hiddenLayers(flags.hidden, flags.dropout ?? [], features, seed)
        : buildClassifier({ inputs: features, seed });
  try {
    return compileTrainStep(layers, { optimizer: 'adam', loss: 'binaryCrossentropy', seed, ...rate });
  } finally {
    layers.dispose();
  }
}

/** Dense relu layers with dropout behind them, and one sigmoid at the end. */
function hiddenLayers(units: readonly number[], dropout: readonly number[], features: number, seed: number) {
  const { sequential, layers, initializers } = tensorflow();
  const model = sequential();
  for (const [i, size] of [...units, 1].entries()) {
    const last = i === units.length;
    model.add(
      layers.dense({
        units: size,
        activation: last ? 'sigmoid' : 'relu',
        kernelInitializer: initializers.glorotUniform({ seed: seed + i + 1 }),
        ...(i === 0 && { inputShape: [features] }),
      }),
    );
    const rate = dropout[Math.min(i, dropout.length - 1)] ?? 0;
    if (!last && rate > 0) model.add(layers.dropout({ rate, seed: seed + 1000 + i }));
  }
  return model;
}

/** Units of hidden layers: `128,256,128`. */
export function unitsOf(text: string): number[] {
  const units = text.split(',').map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : 0));
  if (units.every((size) => size > 0)) return units;
  throw new InvalidArgumentError('It must be whole numbers above 0 with commas between, such as 128,64.');
}

/** Shares of units left out: `0.2,0.4`. */
export function sharesOf(text: string): number[] {
  const shares = text.split(',').map((part) => (/^(0|0?\.\d+|0\.)$/.test(part) ? Number(part) : NaN));
  if (shares.every((share) => share >= 0 && share < 1)) return shares;
  throw new InvalidArgumentError(
    'It must be numbers from 0 to below 1 with commas between, such as 0.2,0.4.',
  );
}
