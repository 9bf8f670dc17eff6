/** Everything that can end a live source for good; what passes by itself is waited out instead. */
import { failure, messageOf } from '../errors.ts';

/** The service answers, and says no: a wrong token, no access, a wrong request. Asking again is no use. */
export class SourceRefusedError extends failure({
  code: 'ST_SOURCES_REFUSED',
  says: ({ source, url, status, answer }: Refusal) =>
    `${source} refused ${url} with HTTP ${status}${answer === '' ? '' : `: ${answer}`}.`,
  cure: ({ status }) => adviceFor(status),
}) {}

interface Refusal {
  readonly source: string;
  /** Without its query. */
  readonly url: string;
  /** HTTP status. */
  readonly status: number;
  /** The service's own words; '' for none. */
  readonly answer: string;
}

function adviceFor(status: number): string {
  if (status === 401) return 'Check the bearer token.';
  if (status === 403) return 'The token is known but may not do this; check what its access level includes.';
  if (status === 404) return 'Check the address.';
  return 'Check the request.';
}

/** The service could not be reached for too long. */
export class SourceConnectionError extends failure({
  code: 'ST_SOURCES_CONNECTION',
  canRetry: true,
  says: ({ source, url, attempts, forMs, cause }: Outage) =>
    `${source} at ${url} could not be read for ${(forMs / 1000).toFixed(1)} s (${attempts} attempts); the last time: ` +
    `${messageOf(cause)}.`,
  cure: 'Check the network and the address; giveUpAfter says how long to try.',
}) {}

interface Outage {
  readonly source: string;
  readonly url: string;
  /** Failed attempts in a row. */
  readonly attempts: number;
  readonly forMs: number;
  readonly cause: unknown;
}
