/** The requests that a worker takes, each one line of JSON, and how they are checked. */
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { firstInexact, mayBeInexact, namedTwice, repeatedName, whyInexact } from '../exact-json.ts';
import { WorkerRequestError } from './errors.ts';

/** A seed, or another number of 32 bits. */
const uint32 = z.int().min(0).max(0xffff_ffff);
const offset = z.int().nonnegative();

const range = z
  .strictObject({ topic: z.string().min(1), partition: z.int().nonnegative(), from: offset, to: offset })
  .refine(({ from, to }) => from <= to, 'a range that ends before it begins');

const rows = z.array(z.array(z.union([z.number(), z.null()]))).min(1);

/** Whose rows: of ranges, or given; and of which state. */
const work = {
  /** Goes back with the answer. */
  id: z.unknown().optional(),
  ranges: z.array(range).min(1).optional(),
  rows: rows.optional(),
  /** What an answer gave; left out: what the worker holds. */
  state: z.string().optional(),
};

const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('init'),
    id: z.unknown().optional(),
    model: z.union([
      z.strictObject({
        classifier: z.strictObject({ inputs: z.int().positive().optional(), seed: uint32.optional() }),
      }),
      z.strictObject({ layers: z.string() }),
    ]),
    /** Options of compileTrainStep, which checks them. */
    step: z.record(z.string(), z.unknown()).default({}),
    /** Options of csvCodec, which checks them; left out: as many columns as the model has features, the label in the key. */
    csv: z.record(z.string(), z.unknown()).optional(),
    /** Where Kafka is; what is left out comes from the environment, secrets always. */
    kafka: z
      .strictObject({
        brokers: z.union([z.string(), z.array(z.string())]).optional(),
        prefix: z.string().optional(),
        configuration: z.record(z.string(), z.string()).optional(),
      })
      .default({}),
    onBad: z.enum(['throw', 'skip']).default('throw'),
  }),
  z.strictObject({
    op: z.literal('train'),
    ...work,
    epochs: z.int().positive().default(1),
    batchSize: z.int().positive().default(32),
    shuffle: z.boolean().default(true),
    /** Together with the model's step: orders of rows, and masks of dropout. */
    seed: uint32.default(0),
  }),
  z.strictObject({
    op: z.literal('predict'),
    ...work,
    /** Leave the predictions out: only count. */ count: z.boolean().default(false),
  }),
  z.strictObject({
    op: z.literal('average'),
    id: z.unknown().optional(),
    states: z.array(z.strictObject({ rows: z.int().nonnegative(), state: z.string() })),
  }),
]);

/** A request, checked. */
export type WorkerRequest = z.output<typeof requestSchema>;
/** The request of one kind. */
export type RequestOf<Op extends WorkerRequest['op']> = Extract<WorkerRequest, { op: Op }>;
/** A request as it is sent: what has a default may be left out. */
export type SentRequest = z.input<typeof requestSchema>;

/**
 * A line as a request.
 *
 * @throws WorkerRequestError (`ST_WORKER_REQUEST`)
 */
export function readRequest(line: string): WorkerRequest {
  const parsed = requestSchema.safeParse(parsedJson(line));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') ?? '';
    throw new WorkerRequestError({
      problem: `${place === '' ? '' : `${place}: `}${issue?.message ?? 'no request'}`,
    });
  }
  const request = parsed.data;
  if (
    (request.op === 'train' || request.op === 'predict') &&
    (request.ranges === undefined) === (request.rows === undefined)
  )
    throw new WorkerRequestError({ problem: `${request.op} wants either ranges or rows` });
  return request;
}

/** The id of a line, so that also the answer to a request that is none can be told apart. */
export function idOf(line: string): unknown {
  try {
    const request = JSON.parse(line) as { id?: unknown } | null;
    const id = request?.id ?? null;
    if (id === null || (typeof id === 'number' && mayBeInexact(id))) return null;
    return namedTwice(line, request!, ['id']) === undefined ? id : null;
  } catch {
    return null;
  }
}

function parsedJson(line: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new WorkerRequestError({ problem: `a line is no JSON (${messageOf(error)})` });
  }
  const inexact = firstInexact(line);
  if (inexact !== undefined) throw new WorkerRequestError({ problem: `a line holds ${whyInexact(inexact)}` });
  const twice = repeatedName(line);
  if (twice !== undefined)
    throw new WorkerRequestError({
      problem: `a line has the name ${JSON.stringify(twice)} twice in one object`,
    });
  return parsed;
}
