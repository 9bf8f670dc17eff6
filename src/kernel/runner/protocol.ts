/** The messages between server and runner, over two pipes, and their form. */
import { String } from '../primordials.ts';
import type { CommEvent, CommRequest } from '../comms/message.ts';
import type { Checking, CompiledCell, DisplayBundle } from '../contracts.ts';

/** File descriptors in the runner: requests come in by the first, events go out by the second. */
export const pipes = { requests: 3, events: 4 } as const;

/** A failure, ready for Jupyter. */
export interface ErrorReport {
  readonly ename: string;
  readonly evalue: string;
  /** Lines with ANSI colours. */
  readonly traceback: readonly string[];
}

/** How a user expression came out. */
export type ExpressionResult =
  | ({ readonly status: 'ok' } & DisplayBundle)
  | ({ readonly status: 'error' } & ErrorReport);

/** What the server asks for. One line of JSON each; an interrupt is looked at even while a cell blocks the runner. */
export type RunnerRequest =
  | {
      readonly type: 'execute';
      /** Identifies the run in all that follows; cell numbers may repeat. */
      readonly run: number;
      readonly cell: CompiledCell;
      readonly silent: boolean;
      /** Whether the cell may ask the user. */
      readonly allowStdin: boolean;
      readonly expressions: Readonly<Record<string, CompiledCell | ErrorReport>>;
    }
  | { readonly type: 'interrupt' }
  | {
      readonly type: 'input';
      readonly id: number;
      readonly value?: string;
      /** Why there is no answer. */
      readonly refused?: string;
    }
  | {
      readonly type: 'live';
      readonly id: number;
      readonly what: 'properties' | 'preview';
      readonly path: string;
    }
  | { readonly type: 'comm'; readonly comm: CommRequest }
  | {
      /** For the debugger: a method of V8's inspector protocol, or `disconnect`. Answered while a cell blocks the runner. */
      readonly type: 'inspector';
      readonly id: number;
      readonly method: string;
      readonly params: object;
    }
  | { readonly type: 'exit' };

/** What happens in the runner; each event carries the run it belongs to (0: none). */
export type RunnerEvent =
  | { readonly type: 'ready' }
  | { readonly type: 'display'; readonly bundle: DisplayBundle }
  | { readonly type: 'clear'; readonly wait: boolean }
  | { readonly type: 'input'; readonly id: number; readonly prompt: string; readonly password: boolean }
  | { readonly type: 'result'; readonly bundle: DisplayBundle }
  | { readonly type: 'error'; readonly error: ErrorReport }
  | {
      readonly type: 'done';
      readonly error?: ErrorReport;
      readonly expressions: Readonly<Record<string, ExpressionResult>>;
    }
  | { readonly type: 'interrupted' }
  | { readonly type: 'live'; readonly id: number; readonly value: readonly string[] | string | undefined }
  | { readonly type: 'checking'; readonly checking: Checking }
  | { readonly type: 'comm'; readonly comm: CommEvent }
  /** The answer to a request of the debugger. */
  | { readonly type: 'inspector'; readonly id: number; readonly result?: object; readonly error?: string }
  /** What the inspector says by itself: `paused`, `resumed`, `scriptParsed`. */
  | { readonly type: 'inspector'; readonly id?: undefined; readonly method: string; readonly params: object }
  /** `process.exit` was called: the runner is about to end. */
  | { readonly type: 'exiting'; readonly exitCode: number };

/** What a frame of the event pipe holds. */
export const frameKind = { stdout: 1, stderr: 2, event: 3, barrier: 4 } as const;

/** Bytes before the payload of a frame: its length (4), its kind (1), its run (4). */
export const frameHeader = 9;

/**
 * The mark that a barrier leaves on the raw pipes of stdout and stderr; `secret` is known to this server and this
 * runner alone, so that no program prints it by chance.
 */
export function barrierMark(secret: string, id: number): string {
  return `\u0000\u0001${secret}:${String(id).padStart(10, '0')}\u0001\u0000`;
}

/** The numbers of barriers grow; odd ones end a character of which only the first bytes have come. */
export const barrierNumber = (count: number, cuts: boolean): number => 2 * count + (cuts ? 1 : 0);

/** Whether a barrier of that number does so. */
export const cutsCharacters = (number: number): boolean => number % 2 === 1;

/** The same length for every id. */
export const barrierMarkLength = (secret: string): number => barrierMark(secret, 0).length;
