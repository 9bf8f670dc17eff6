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
