/** What can go wrong while models are served. */
import { failure } from '../errors.ts';

/** The HTTP server could not listen: the port is taken, or the host is none of this machine. */
export class HttpListenError extends failure({
  code: 'ST_SERVING_HTTP_LISTEN',
  says: ({ host, port, problem }: { host: string; port: number; problem: string }) =>
    `The HTTP server could not listen on ${host}:${port}: ${problem}.`,
  cure: 'Choose another port (0 takes a free one) or host.',
}) {}

/** A request over HTTP that is answered with `status` and `{"error": problem}`. */
export class HttpRefusedError extends failure({
  code: 'ST_SERVING_HTTP_REFUSED',
  says: ({ problem }: { status: number; problem: string }) => problem,
  cure: '',
}) {}

/** A record of a predictions topic is none that `serve` wrote as JSON. */
export class PredictionFormatError extends failure({
  code: 'ST_SERVING_PREDICTION_FORMAT',
  says: ({
    topic,
    partition,
    offset,
    problem,
  }: {
    topic: string;
    partition: number;
    offset: number;
    problem: string;
  }) => `The record at offset ${offset} of ${topic}[${partition}] is no prediction: ${problem}.`,
  cure: "Read the topic that `serve` writes to, with encode: 'json'.",
}) {}

/** A version of the model was asked for (`pin`) that the store of checkpoints has not. What was served goes on. */
export class ModelVersionError extends failure({
  code: 'ST_SERVING_MODEL_VERSION',
  says: ({ version, store }: { version: string; store: string; known: readonly string[] }) =>
    `There is no version "${version}" of the model in ${store}.`,
  cure: ({ known }) => (known.length === 0 ? 'It is empty.' : `It has ${known.join(', ')}.`),
}) {}
