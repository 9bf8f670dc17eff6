/** The manifest of a checkpoint: what is in it, and the checksums that prove it whole. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { CheckpointDamagedError, CheckpointForeignError, CheckpointNewerError } from './errors.ts';
import { takeApart, unpackState, type JsonState } from './state-codec.ts';
import type { Checkpoint, CheckpointContent, CheckpointPart } from './store.ts';

/** Which files make up a checkpoint. */
export const files = { manifest: 'manifest.json', arrays: 'arrays.bin' } as const;

const format = 'streamtrain-checkpoint';
const version = 3;
/** Format 1 had no topic ids, formats 1 and 2 no leader epochs; all else in them is the same. */
const versions = [1, 2, version];

const schema = z.strictObject({
  format: z.literal(format),
  version: z.literal(versions),
  created: z.iso.datetime(),
  topics: z.array(z.string()),
  position: z.custom<CheckpointContent['position']>(isPosition, 'offsets by topic and partition are wanted'),
  topicIds: z.custom<CheckpointContent['topicIds']>(isIds, 'ids by topic are wanted').optional(),
  leaderEpochs: z
    .custom<CheckpointContent['leaderEpochs']>(isPosition, 'epochs by topic and partition are wanted')
    .optional(),
  member: z.string().optional(),
  parts: z.record(
    z.string(),
    z.strictObject({
      kind: z.string(),
      /** Where its arrays are in `arrays.bin`. */
      offset: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
      sha256: z.string(),
      state: z.unknown(),
    }),
  ),
});

function isIds(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((id) => typeof id === 'string')
  );
}

/** Not zod's record, which leaves `__proto__` out: a topic may be called that. */
function isPosition(value: unknown): boolean {
  const isObject = (one: unknown): one is object =>
    typeof one === 'object' && one !== null && !Array.isArray(one);
  const isOffset = (one: unknown): boolean => Number.isSafeInteger(one) && Number(one) >= 0;
  return (
    isObject(value) &&
    Object.values(value).every((offsets) => isObject(offsets) && Object.values(offsets).every(isOffset))
  );
}

/** A checkpoint as the bytes of its files. */
export type CheckpointFiles = Readonly<Record<keyof typeof files, Uint8Array>>;

const opening = ['{"sha256":"', '","manifest":'] as const;
const opened = /^\{"sha256":"([0-9a-f]{64})","manifest":/;
const closing = '}\n';

/** A checkpoint of which all is settled but the checksums. */
export interface CheckpointDraft {
  /** How `manifest.json` is put together. */
  readonly manifest: {
    /** The manifest's text in pieces: between two of them stands the checksum of a part's arrays. */
    readonly texts: readonly string[];
    /** Where each part's arrays end; those of the next begin there. */
    readonly ends: readonly number[];
    /** What stands before and behind the checksum of that text, and behind the text itself. */
    readonly opening: readonly [string, string];
    readonly closing: string;
  };
  /** What the arrays' bytes are in: from its beginning on to the last of the ends. */
  readonly memory: ArrayBuffer;
}

/**
 * Takes a checkpoint apart. `manifest.json` is `{"sha256": ..., "manifest": ...}`: the checksum is that of the manifest's own
 * text, which in turn holds one for each part's arrays.
 *
 * @param memoryOf gives memory of at least so many bytes
 * @throws CheckpointStateError (`ST_TRAINING_CHECKPOINT_STATE`)
 */
export function draftCheckpoint(
  { topics, position, topicIds = {}, leaderEpochs = {}, member, parts }: CheckpointContent,
  memoryOf: (bytes: number) => ArrayBuffer,
): CheckpointDraft {
  const states = Object.entries(parts).map(([name, { kind, state }]) => ({
    ...{ name, kind },
    ...takeApart(state, name),
  }));
  const created = new Date().toISOString();
  const texts: string[] = [];
  const ends: number[] = [];
  const head = { format, version, created, topics, position, topicIds, leaderEpochs, member };
  let text = `${JSON.stringify(head).slice(0, -1)},"parts":{`;
  let offset = 0;
  for (const { name, kind, size, json } of states) {
    const head = JSON.stringify({ kind, offset, bytes: size }).slice(0, -1);
    texts.push(`${text}${JSON.stringify(name)}:${head},"sha256":"`);
    text = `","state":${JSON.stringify(json)}},`;
    ends.push((offset += size));
  }
  texts.push(`${states.length > 0 ? text.slice(0, -1) : text}}}`);
  const memory = memoryOf(offset);
  for (const [i, { copyTo, size }] of states.entries()) copyTo(new Uint8Array(memory, ends[i]! - size, size));
  return { manifest: { texts, ends, opening, closing }, memory };
}

/**
 * The bytes of a checkpoint's files, checksums filled in. Its text also runs in the thread that writes into folders, see
 * `folder-writing.ts`: so it uses nothing from outside.
 *
 * @param sha256 as hexadecimal digits
 */
export function sealCheckpoint(
  { texts, ends, opening, closing }: CheckpointDraft['manifest'],
  memory: ArrayBuffer,
  sha256: (data: string | Uint8Array) => string,
): CheckpointFiles {
  const arrays = Buffer.from(memory, 0, ends.at(-1) ?? 0);
  let text = texts[0]!;
  for (const [i, end] of ends.entries())
    text += sha256(arrays.subarray(ends[i - 1] ?? 0, end)) + texts[i + 1]!;
  return { manifest: Buffer.from([opening[0], sha256(text), opening[1], text, closing].join('')), arrays };
}

/**
 * Writes a checkpoint as files.
 *
 * @throws CheckpointStateError (`ST_TRAINING_CHECKPOINT_STATE`)
 */
export function writeCheckpoint(content: CheckpointContent): CheckpointFiles {
  const { manifest, memory } = draftCheckpoint(content, (bytes) => new ArrayBuffer(bytes));
  return sealCheckpoint(manifest, memory, sha256);
}

/**
 * Reads a checkpoint, every checksum checked before anything is handed out.
 *
 * @param place where it is, for messages
 * @throws CheckpointDamagedError, CheckpointForeignError, CheckpointNewerError
 */
export function readCheckpoint(place: string, id: string, { manifest, arrays }: CheckpointFiles): Checkpoint {
  const damaged = (file: string, problem: string, cause?: unknown) =>
    new CheckpointDamagedError({ checkpoint: place, file, fault: 'damaged', problem, cause });
  const text = Buffer.from(manifest).toString('utf8');
  const found = opened.exec(text);
  const body = found && text.endsWith(closing) ? text.slice(found[0].length, -closing.length) : undefined;
  if (!found || body === undefined || sha256(body) !== found[1]) throw notOurs(place, text);
  // The checksum holds: from here on, what is wrong was written so.
  const parsed = schema.safeParse(JSON.parse(body));
  if (!parsed.success) throw notOurs(place, text);
  const { created, topics, position, topicIds, leaderEpochs, member, parts: listed } = parsed.data;
  const total = Object.values(listed).reduce((sum, { bytes }) => sum + bytes, 0);
  if (arrays.length < total) {
    const problem = `has ${arrays.length} of ${total} bytes`;
    throw new CheckpointDamagedError({ checkpoint: place, file: files.arrays, fault: 'torn', problem });
  }
  if (arrays.length > total) throw damaged(files.arrays, `has ${arrays.length} bytes instead of ${total}`);
  const parts: Record<string, CheckpointPart> = {};
  for (const [name, { kind, offset, bytes, sha256: expected, state }] of Object.entries(listed)) {
    const piece = arrays.subarray(offset, offset + bytes);
    if (sha256(piece) !== expected) throw damaged(`part ${name} of ${files.arrays}`, 'has changed');
    try {
      parts[name] = { kind, state: unpackState({ json: state as JsonState, bytes: piece }) };
    } catch (error) {
      throw damaged(`part ${name}`, `cannot be read: ${messageOf(error)}`, error);
    }
  }
  const beside = { topicIds, leaderEpochs, member };
  return { id, place, created: new Date(created), topics, position, ...beside, parts };
}

/** A manifest that does not check out: of another format, of a newer one, cut short or changed. */
function notOurs(place: string, text: string) {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const fault = text.endsWith(closing) ? 'damaged' : 'torn';
    return new CheckpointDamagedError({
      checkpoint: place,
      file: files.manifest,
      fault,
      problem: `is no JSON: ${messageOf(error)}`,
      cause: error,
    });
  }
  const inner = z
    .object({ manifest: z.object({ format: z.string(), version: z.number() }) })
    .safeParse(parsed).data?.manifest;
  if (!inner || inner.format !== format)
    return new CheckpointForeignError({
      checkpoint: place,
      problem: `its ${files.manifest} is not one of streamtrain's`,
    });
  if (inner.version > version)
    return new CheckpointNewerError({ checkpoint: place, version: inner.version, known: version });
  return new CheckpointDamagedError({
    checkpoint: place,
    file: files.manifest,
    fault: 'damaged',
    problem: 'does not match its checksum',
  });
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
