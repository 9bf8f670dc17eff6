/** The manifest of a checkpoint: what is in it, and the checksums that prove it whole. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { CheckpointDamagedError, CheckpointForeignError, CheckpointNewerError } from './errors.ts';
import { packState, unpackState, type JsonState } from './state-codec.ts';
import type { Checkpoint, CheckpointContent, CheckpointPart } from './store.ts';

/** Which files make up a checkpoint. */
export const files = { manifest: 'manifest.json', arrays: 'arrays.bin' } as const;

const format = 'streamtrain-checkpoint';
const version = 2;
/** Format 1 had no topic ids; all else in it is the same. */
const versions = [1, version];

const schema = z.strictObject({
  format: z.literal(format),
  version: z.literal(versions),
  created: z.iso.datetime(),
  topics: z.array(z.string()),
  position: z.custom<CheckpointContent['position']>(isPosition, 'offsets by topic and partition are wanted'),
  topicIds: z.custom<CheckpointContent['topicIds']>(isIds, 'ids by topic are wanted').optional(),
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

const opening = /^\{"sha256":"([0-9a-f]{64})","manifest":/;
const closing = '}\n';

/**
 * Writes a checkpoint as files. `manifest.json` is `{"sha256": ..., "manifest": ...}`: the checksum is that of the
 * manifest's own text, which in turn holds one for each part's arrays.
 *
 * @throws CheckpointStateError (`ST_TRAINING_CHECKPOINT_STATE`)
 */
export function writeCheckpoint({
  topics,
  position,
  topicIds = {},
  parts,
}: CheckpointContent): CheckpointFiles {
  const pieces: Uint8Array[] = [];
  let offset = 0;
  const listed: Record<string, unknown> = {};
  for (const [name, { kind, state }] of Object.entries(parts)) {
    const { json, bytes } = packState(state, name);
    listed[name] = { kind, offset, bytes: bytes.length, sha256: sha256(bytes), state: json };
    pieces.push(bytes);
    offset += bytes.length;
  }
  const created = new Date().toISOString();
  const text = JSON.stringify({ format, version, created, topics, position, topicIds, parts: listed });
  const manifest = `{"sha256":"${sha256(text)}","manifest":${text}${closing}`;
  return { manifest: Buffer.from(manifest), arrays: Buffer.concat(pieces) };
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
  const found = opening.exec(text);
  const body = found && text.endsWith(closing) ? text.slice(found[0].length, -closing.length) : undefined;
  if (!found || body === undefined || sha256(body) !== found[1]) throw notOurs(place, text);
  // The checksum holds: from here on, what is wrong was written so.
  const parsed = schema.safeParse(JSON.parse(body));
  if (!parsed.success) throw notOurs(place, text);
  const { created, topics, position, topicIds, parts: listed } = parsed.data;
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
  return { id, place, created: new Date(created), topics, position, topicIds, parts };
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
