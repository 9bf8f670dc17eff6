/** Everything that can end a live source for good; what passes by itself is waited out instead. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** An option of a source is out of its range. */
export class SourceOptionError extends StreamTrainError {
  readonly code = 'ST_SOURCES_OPTION';
  readonly option: string;

  /** @param found what it is, in words; never a token */
  constructor(option: string, found: string, expected: string) {
    super(`The option ${option} is ${found}; expected ${expected}.`);
    this.option = option;
  }
}

/** The service answers, and says no: a wrong token, no access, a wrong request. Asking again is no use. */
export class SourceRefusedError extends StreamTrainError {
  readonly code = 'ST_SOURCES_REFUSED';
  readonly source: string;
  /** Without its query. */
  readonly url: string;
  /** HTTP status. */
  readonly status: number;
  /** The service's own words. */
  readonly answer: string;

  constructor(source: string, url: string, status: number, answer: string) {
    super(
      `${source} refused ${url} with HTTP ${status}${answer === '' ? '' : `: ${answer}`}. ${adviceFor(status)}`,
    );
    this.source = source;
    this.url = url;
    this.status = status;
    this.answer = answer;
  }
}

/** The service could not be reached for too long. */
export class SourceConnectionError extends StreamTrainError {
  readonly code = 'ST_SOURCES_CONNECTION';
  override readonly canRetry = true;
  readonly source: string;
  readonly url: string;
  /** Failed attempts in a row. */
  readonly attempts: number;

  constructor(source: string, url: string, attempts: number, forMs: number, last: unknown) {
    super(
      `${source} at ${url} could not be read for ${(forMs / 1000).toFixed(1)} s (${attempts} attempts); the last time: ` +
        `${messageOf(last)}. Check the network and the address; giveUpAfter says how long to try.`,
      { cause: last },
    );
    this.source = source;
    this.url = url;
    this.attempts = attempts;
  }
}

function adviceFor(status: number): string {
  if (status === 401) return 'Check the bearer token.';
  if (status === 403) return 'The token is known but may not do this; check what its access level includes.';
  if (status === 404) return 'Check the address.';
  return 'Check the request.';
}
