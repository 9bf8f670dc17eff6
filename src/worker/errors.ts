/** What can go wrong between a worker and whoever drives it. */
import { failure } from '../errors.ts';

/** A line that was sent to a worker is no request, or one that it does not understand. Nothing was done. */
export class WorkerRequestError extends failure({
  code: 'ST_WORKER_REQUEST',
  says: ({ problem }: { problem: string }) =>
    `The worker was sent something it does not understand: ${problem}.`,
  cure: 'docs/scale-out.md lists the requests, each one line of JSON.',
}) {}

/** A worker was to train or to predict before it had a model. */
export class WorkerWithoutModelError extends failure({
  code: 'ST_WORKER_NO_MODEL',
  says: ({ op }: { op: string }) => `The worker cannot ${op}: it has no model yet.`,
  cure: 'Send "init" first; a worker that was started again knows nothing of the one before it.',
}) {}

/** A range of offsets could not be read whole, so nothing of it was learnt. */
export class WorkerRangeError extends failure({
  code: 'ST_WORKER_RANGE',
  says: ({ topic, partition, from, to, problem }: RangeFacts) =>
    `Offsets ${from} up to, not including, ${to} of ${topic}[${partition}] cannot be read whole: ${problem}.`,
  cure: 'Only rows that are in the topic can be learnt: keep them as long as the training needs them (retention.ms).',
}) {}

interface RangeFacts {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly problem: string;
}

/** A state that was sent as text is not what was sent: cut short, changed on its way, or no state at all. */
export class StateTextError extends failure({
  code: 'ST_WORKER_STATE',
  says: ({ problem }: { problem: string }) => `The state cannot be used: ${problem}.`,
  cure: 'Hand the text on as it came, every character of it.',
}) {}

/** States cannot be averaged: there are none, they are of different models, or one of them is not finite. */
export class AverageError extends failure({
  code: 'ST_WORKER_AVERAGE',
  says: ({ problem }: { problem: string }) => `The states cannot be averaged: ${problem}.`,
  cure: 'They must be of one model, each with the rows that it learnt.',
}) {}
