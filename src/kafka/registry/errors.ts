/** The failures of asking a schema registry, and of the schemas it gives: one class and one code each. */
import { failure } from '../../errors.ts';
import type { SchemaFetch } from './schema-fetch.ts';

/** A schema registry did not answer, or only with failures of its own, for as long as it was waited for. No row was left out. */
export class SchemaRegistryAwayError extends failure({
  code: 'ST_KAFKA_REGISTRY_AWAY',
  says: ({
    url,
    tries,
    seconds,
    problem,
  }: {
    url: string;
    tries: number;
    seconds: number;
    problem: string;
  }) =>
    `The schema registry at ${url} gave no answer in ${seconds} s and ${tries} ${tries === 1 ? 'try' : 'tries'}: ${problem}.`,
  cure: 'See that it runs and that the address is right; retryForMs says for how long it is asked again.',
  canRetry: true,
}) {}

/**
 * A schema registry answered that it will not: wrong credentials, an unknown subject, a schema that it cannot read; or it
 * cannot be asked, for its certificate is not trusted, or it does not trust ours.
 */
export class SchemaRegistryRefusedError extends failure({
  code: 'ST_KAFKA_REGISTRY_REFUSED',
  says: (facts: {
    /** The request, such as `GET /schemas/ids/7`. */
    request: string;
    url: string;
    /** HTTP's status; 0 where it could not be asked. */
    status: number;
    /** The registry's own code, such as 40403; undefined where it gave none. */
    errorCode: number | undefined;
    problem: string;
  }) =>
    facts.status === 0
      ? `The schema registry at ${facts.url} cannot be asked ${facts.request}: ${facts.problem}.`
      : `The schema registry at ${facts.url} refused ${facts.request}: ${facts.problem} (HTTP ${facts.status}` +
        `${facts.errorCode === undefined || facts.errorCode === facts.status ? '' : `, code ${facts.errorCode}`}).`,
  cure: ({ status }) => {
    if (status === 0) return 'See that the address is right, and tls and auth go with it.';
    return status === 401 || status === 403 ? 'Give auth: { username, password } or { token }.' : '';
  },
}) {}

/** A schema was to be registered that the subject's earlier versions, by its level of compatibility, do not allow. */
export class SchemaIncompatibleError extends failure({
  code: 'ST_KAFKA_SCHEMA_INCOMPATIBLE',
  says: ({ subject, url, problem }: { subject: string; url: string; problem: string }) =>
    `The schema registry at ${url} refused a new version of the subject "${subject}": ${problem}.`,
  cure: 'Give a field that is new a default, keep the type of one that stays, or use a subject of its own.',
}) {}

/** A schema is none: no JSON, unknown types, names that are not defined. */
export class SchemaInvalidError extends failure({
  code: 'ST_KAFKA_SCHEMA_INVALID',
  says: ({ what, problem }: { what: string; problem: string }) => `${what} cannot be used: ${problem}.`,
  cure: '',
}) {}

/**
 * A record names a schema that is not here yet; it is being fetched. Datasets, training and serving wait for it and go
 * on; a loop of one's own awaits `ready` and decodes the record again.
 */
export class SchemaPendingError extends failure({
  code: 'ST_KAFKA_SCHEMA_PENDING',
  says: ({ id, url }: { id: number; url: string; fetching: SchemaFetch }) =>
    `The schema with id ${id} is still being fetched from the registry at ${url}.`,
  cure: 'Await error.ready and decode the record again, or use decodeBatch and map of a dataset, which do.',
  canRetry: true,
}) {
  /** Resolves when the schema is there, or the registry has said that it has none. Rejects with what asking failed with. */
  get ready(): Promise<void> {
    const ready = this.fetching.wait();
    // Whoever awaits it gets the failure; that nobody does is no failure of the process.
    ready.catch(() => {});
    return ready;
  }
}

/**
 * Resolves when what a codec was waiting for is there; any other error is thrown.
 *
 * @throws the error, what fetching the schema fails with, or the reason of the signal that ended the wait
 */
export async function whenReady(error: unknown, ends?: readonly (AbortSignal | undefined)[]): Promise<void> {
  if (!(error instanceof SchemaPendingError)) throw error;
  await error.fetching.wait(ends);
}
