/** Comms between the process of the cells and the server: a named, lasting channel to something in the front end. */
import { Buffer, Uint8Array } from '../primordials.ts';

/** What a comm message carries. */
export interface CommContent {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Bytes beside the JSON, as base64. */
  readonly buffers?: readonly string[];
}

/** What cells do with comms. */
export type CommEvent =
  | ({ readonly action: 'open'; readonly id: string; readonly target: string } & CommContent)
  | ({
      readonly action: 'message' | 'close';
      readonly id: string;
      /** The message of the front end that this answers: it becomes the parent. */
      readonly answers?: number;
    } & CommContent)
  /** From now on the front end may open comms to this target; or no more. */
  | { readonly action: 'register' | 'unregister'; readonly target: string }
  /** The handlers of a message of the front end have done their work. */
  | { readonly action: 'handled'; readonly message: number };

/** What the front end does with comms. */
export type CommRequest =
  | ({
      readonly action: 'open' | 'message' | 'close';
      /** Identifies the message. */
      readonly message: number;
      readonly id: string;
      readonly target: string;
    } & CommContent)
  /** A front end opened a comm to a target that is not registered: it has been refused, but is there. */
  | { readonly action: 'asked'; readonly target: string };

/** Bytes as they go over the pipe. */
export function encodeBuffers(buffers: readonly Uint8Array[]): string[] {
  return buffers.map((bytes) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  );
}

/** Bytes as they were. */
export function decodeBuffers(buffers: readonly string[] = []): Uint8Array[] {
  return buffers.map((text) => Uint8Array.from(Buffer.from(text, 'base64')));
}
