/** Predictions as bytes of JSON or CSV: no text is made on the way. */
import type { KafkaRecord } from '../kafka/index.ts';
import { AsciiWriter, NUMBER_BYTES } from './ascii-writer.ts';
import { scoreOf, type Scored } from './predictor.ts';

/** What differs between JSON and CSV. */
interface Form {
  /** Scores and class of a row. */
  readonly front: (writer: AsciiWriter, scored: Scored, row: number) => void;
  /** Version and topic: the same for many rows. */
  readonly middle: (version: string | null, topic: string) => string;
  readonly beforeOffset: string;
  readonly beforeTime: string;
  readonly end: string;
}

const forms: Readonly<Record<'json' | 'csv', Form>> = {
  json: {
    front: (writer, scored, row) => {
      const { outputs, classes } = scored;
      writer.text('{"score":');
      writer.float(scoreOf(scored, row));
      if (outputs > 1) {
        writer.text(',"scores":[');
        allScores(writer, scored, row);
        writer.text(']');
      }
      writer.text(',"class":');
      if (classes) writer.integer(classes[row]!);
      else writer.text('null');
    },
    middle: (version, topic) =>
      `,"version":${JSON.stringify(version)},"topic":${JSON.stringify(topic)},"partition":`,
    beforeOffset: ',"offset":',
    beforeTime: ',"timestamp":',
    end: '}',
  },
  csv: {
    front: (writer, scored, row) => {
      allScores(writer, scored, row);
      writer.text(',');
      if (scored.classes) writer.integer(scored.classes[row]!);
    },
    middle: (version, topic) => `,${csvText(version ?? '')},${csvText(topic)},`,
    beforeOffset: ',',
    beforeTime: ',',
    end: '',
  },
};

/** Room for names and numbers of a row, beside its scores and what is the same for many rows. */
const REST_BYTES = 64 + 4 * NUMBER_BYTES;

/** The values of all records, in the order of the rows. */
export function predictionBytes(
  records: readonly KafkaRecord[],
  scored: Scored,
  as: 'json' | 'csv',
): Uint8Array[] {
  const { front, middle, beforeOffset, beforeTime, end } = forms[as];
  const values: Uint8Array[] = [];
  const scoreBytes = NUMBER_BYTES * (scored.outputs + 1);
  let lastTopic: string | undefined;
  let same = Buffer.alloc(0);
  let writer: AsciiWriter | undefined;
  for (const [row, { topic, partition, offset, timestamp }] of records.entries()) {
    if (topic !== lastTopic) [lastTopic, same] = [topic, Buffer.from(middle(scored.version, topic))];
    // Few rows take their most; of many the usual is little more than half of it.
    const most = scoreBytes + same.length + REST_BYTES;
    writer ??= new AsciiWriter(most + records.length * (same.length + 64 + 12 * scored.outputs));
    writer.reserve(most);
    const start = writer.at;
    front(writer, scored, row);
    writer.bytes(same);
    writer.integer(partition);
    writer.text(beforeOffset);
    writer.integer(offset);
    writer.text(beforeTime);
    writer.integer(timestamp);
    writer.text(end);
    values.push(writer.from(start));
  }
  return values;
}

function allScores(writer: AsciiWriter, { scores, outputs }: Scored, row: number): void {
  for (let k = 0; k < outputs; k++) {
    if (k > 0) writer.text(',');
    writer.float(scores[row * outputs + k]!);
  }
}

function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
