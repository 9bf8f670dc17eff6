/** NiFi's REST interface, as far as it is used here. */
import { fetchDirectly } from '../../process/index.ts';
import { NifiRequestError } from '../errors.ts';

/** A thing in a NiFi: of its answer, what is read here. */
export interface Entity {
  readonly id: string;
  readonly revision: { readonly version: number };
  readonly component: {
    readonly validationStatus?: string;
    readonly validationErrors?: readonly string[];
    /** Of a processor: `RUN_ONCE` until it has run. */
    readonly state?: string;
  };
}
/** Where all flows stand. */
export const ROOT = '/flow/process-groups/root';
/** What stands on NiFi's page. */
export interface RootEntity {
  readonly processGroupFlow: {
    readonly id: string;
    readonly flow: {
      readonly processGroups: readonly {
        readonly id: string;
        readonly component: { readonly name: string };
      }[];
    };
  };
}
/** The status of a flow, with its steps and queues. */
export interface StatusEntity {
  readonly processGroupStatus: {
    readonly aggregateSnapshot: {
      readonly flowFilesQueued: number;
      readonly activeThreadCount: number;
      readonly processorStatusSnapshots: readonly {
        readonly id: string;
        readonly processorStatusSnapshot: {
          readonly flowFilesIn: number;
          readonly flowFilesOut: number;
          readonly runStatus: string;
        };
      }[];
      readonly connectionStatusSnapshots: readonly {
        readonly id: string;
        readonly connectionStatusSnapshot: {
          readonly sourceName: string;
          readonly destinationName: string;
          readonly flowFilesQueued: number;
          readonly bytesQueued: number;
          readonly percentUseCount: number;
        };
      }[];
    };
  };
}

/** Asks NiFi's REST interface. */
export type NifiCall = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;

/** The calls to one NiFi. @throws {@link NifiRequestError} */
export function nifiCalls(url: string, endedError: (what: string) => Promise<Error | undefined>): NifiCall {
  return async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const what = `${method} ${path}`;
    let answer: Response;
    let text: string;
    try {
      answer = await fetchDirectly(`${url}/nifi-api${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(60_000),
      });
      text = await answer.text();
    } catch (error) {
      throw (await endedError(what)) ?? error;
    }
    if (!answer.ok) throw new NifiRequestError({ what, status: answer.status, answer: text.slice(0, 500) });
    return (text === '' ? {} : JSON.parse(text)) as Answer;
  };
}
