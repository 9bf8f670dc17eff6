/** Scores lines of text: a key and a row in, the key and its scores out, in order; what SQL engines pipe rows through. */
import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import type { RowPredictor } from '../export/index.ts';
import { predictEach } from '../export/row-predictor.ts';
import { decodeWhenReady } from '../kafka/codec/framing.ts';
import { BadRecordError, type Codec, type KafkaRecord } from '../kafka/index.ts';
import { linesOf } from '../process/index.ts';

/** What is scored, and how. */
export interface ScoreOptions {
  readonly input: Readable;
  /** Writes text; resolves when more may follow. */
  readonly write: (text: string) => Promise<void>;
  readonly predictor: RowPredictor;
  /** Reads the rows' text; a schema that it has to fetch is waited for. */
  readonly codec: Codec;
  /** Rows that are predicted together (default 1000). */
  readonly batchRows?: number;
  /** What becomes of a row that is none: an error (default), or `\N` for a score, as Hive and Spark write NULL. */
  readonly onBad?: 'throw' | 'skip';
  readonly signal?: AbortSignal;
}

/** How many lines there were. */
export interface Scored {
  readonly rows: number;
  readonly bad: number;
}

/** How NULL is written. */
const NULL = '\\N';

/**
 * Reads lines of `key <tab> row`, and writes `key <tab> score` (several scores with commas between), in the same order, a
 * native call for many rows. Lines end at line feeds alone; a line without a tab is a row that is none. Scores are written so that
 * they read back as the same float32.
 *
 * @throws BadRecordError (`ST_KAFKA_BAD_RECORD`) for a row that is none, unless `onBad` is `'skip'`; its offset is the line, from 0
 */
export async function scoreLines(options: ScoreOptions): Promise<Scored> {
  const { input, write, predictor, codec, batchRows = 1000, onBad = 'throw', signal } = options;
  const { features, outputs } = predictor;
  const xs = new Float64Array(batchRows * features);
  let [waiting, rows, bad]: [{ key: string; at: number; line: number }[], number, number] = [[], 0, 0];
  let good = 0;
  const flush = async () => {
    const { scores, faults } = predictEach(predictor, xs.slice(0, good * features), good);
    bad += faults.size;
    const textOf = ({ at, line }: { at: number; line: number }): string => {
      const fault = faults.get(at);
      if (fault && onBad === 'throw') throw badLine(line, 'not-finite', messageOf(fault));
      return at < 0 || fault ? NULL : [...scores.subarray(at * outputs, (at + 1) * outputs)].join(',');
    };
    await write(waiting.map((one) => `${one.key}\t${textOf(one)}\n`).join(''));
    [waiting, good] = [[], 0];
  };
  for await (const line of linesOf(input, signal)) {
    const tab = line.indexOf('\t');
    let key = '';
    try {
      if (tab < 0) throw badLine(rows, 'malformed', 'it has no tab between a key and a row');
      key = keyOf(line.subarray(0, tab), rows);
      const value = line.subarray(tab + 1, line.at(-1) === 0x0d ? -1 : undefined);
      const ready = decodeWhenReady(codec, recordOf(value, rows), { xs, row: good, signal });
      if (ready) await ready;
      if (!predictor.takesMissing) refuseGaps(xs.subarray(good * features, (good + 1) * features), rows);
      waiting.push({ key, at: good++, line: rows });
    } catch (error) {
      if (onBad === 'throw' || !(error instanceof BadRecordError)) throw error;
      waiting.push({ key, at: -1, line: rows });
      bad++;
    }
    rows++;
    if (waiting.length === batchRows) await flush();
  }
  signal?.throwIfAborted();
  if (waiting.length > 0) await flush();
  return { rows, bad };
}

const recordOf = (value: Buffer, line: number): KafkaRecord => ({
  ...{ topic: 'stdin', partition: 0, offset: line, timestamp: 0, key: null, headers: {} },
  value,
});

/** Bytes that are no text would go out as other ones. */
function keyOf(bytes: Buffer, line: number): string {
  if (!isUtf8(bytes)) throw badLine(line, 'binary', 'its key is no UTF-8');
  return bytes.toString('utf8');
}

function refuseGaps(row: Float64Array, line: number): void {
  const gap = row.findIndex((value) => Number.isNaN(value));
  if (gap < 0) return;
  throw badLine(line, 'not-finite', `column ${gap} (from 0) is missing, and the model has no imputer`);
}

const badLine = (line: number, reason: BadRecordError['reason'], detail: string): BadRecordError =>
  new BadRecordError({ topic: 'stdin', partition: 0, offset: line, reason, detail });
