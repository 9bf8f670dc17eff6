/** What the server's main thread and the thread of the language service say to each other. */
import type { Checking, CompiledCell } from '../contracts.ts';

/** A request; `id` comes back with the answer. */
export type LanguageRequest =
  | { readonly id: number; readonly call: 'compile'; readonly source: string; readonly number: number }
  | { readonly id: number; readonly call: 'complete'; readonly source: string; readonly cursor: number }
  | {
      readonly id: number;
      readonly call: 'inspect';
      readonly source: string;
      readonly cursor: number;
      readonly detail: 0 | 1;
    }
  | { readonly id: number; readonly call: 'isComplete'; readonly source: string }
  | { readonly call: 'accept'; readonly cell: CompiledCell }
  | { readonly call: 'checking'; readonly checking: Checking }
  | { readonly call: 'live'; readonly id: number; readonly value: unknown };

/** An answer, or a question about live values that comes up meanwhile. */
export type LanguageAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
  | {
      readonly live: 'properties' | 'preview';
      readonly id: number;
      readonly path: string;
    };
