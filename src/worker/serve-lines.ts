/** A worker over two streams of text: a line in is a request, a line out its answer, in the same order. */
import type { Readable } from 'node:stream';
import { messageOf, StreamTrainError } from '../errors.ts';
import type { Codec } from '../kafka/index.ts';
import { linesOf, withoutMark } from '../process/index.ts';
import { idOf, readRequest } from './requests.ts';
import { Worker, type Answer } from './worker.ts';

/** Between which streams. */
export interface LinesOptions {
  readonly input: Readable;
  /** Writes one line; resolves when the reader has taken it, or as good as. */
  readonly write: (line: string) => Promise<void>;
  /** Reads the records of ranges, instead of the `csv` of a request. */
  readonly codec?: Codec | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Answers requests until the input ends. Whatever a request comes to, it is answered: a failure is an answer with its code
 * and sentence, and the worker goes on. Before that it says what it is: `{"ready": true, "protocol": 1, "pid": ...}`.
 *
 * @example
 * ```ts
 * const write = async (line: string) => void process.stdout.write(line);
 * await serveLines({ input: process.stdin, write });
 * ```
 */
export async function serveLines({ input, write, codec, signal }: LinesOptions): Promise<void> {
  await using worker = new Worker({ codec, signal });
  const answer = (facts: object) => write(`${JSON.stringify(facts)}\n`);
  await answer({ ready: true, protocol: 1, pid: process.pid });
  let isFirst = true;
  for await (const bytes of linesOf(input, signal)) {
    const line = (isFirst ? withoutMark(bytes) : bytes).toString('utf8');
    isFirst = false;
    if (line.trim() === '') continue;
    const id = idOf(line);
    try {
      await answer({ id, ok: true, ...(await worker.answer(readRequest(line))) });
    } catch (error) {
      await answer({ id, ok: false, error: errorFacts(error) });
    }
  }
  signal?.throwIfAborted();
}

/** An error as an answer carries it. */
function errorFacts(error: unknown): Answer {
  const [code, canRetry] =
    error instanceof StreamTrainError ? [error.code, error.canRetry] : ['ST_UNEXPECTED', false];
  return { code, message: messageOf(error), canRetry };
}
