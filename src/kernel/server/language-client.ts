/** The server's handle on the language service: a thread of its own, started when first needed, and its messages. */
import { Worker } from 'node:worker_threads';
import type {
  CellLanguage,
  Checking,
  Compiled,
  CompiledCell,
  CompletionList,
  Dialect,
  LiveValues,
} from '../contracts.ts';

/** The calls that are answered. */
type Call = 'compile' | 'complete' | 'expression' | 'inspect' | 'isComplete';
type Answer<Name extends Call> = Awaited<ReturnType<CellLanguage[Name]>>;

/** A request; `id` comes back with the answer. */
export type LanguageRequest =
  | { readonly call: Call; readonly id: number; readonly args: readonly unknown[] }
  | { readonly call: 'accept'; readonly cell: CompiledCell }
  | { readonly call: 'checking'; readonly checking: Checking }
  | { readonly call: 'live'; readonly id: number; readonly value: unknown };

/** An answer, or a question of the thread about live values. */
export type LanguageAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly id: number; readonly live: 'properties' | 'preview'; readonly path: string };

/** Half of what Node gives: cells take no longer, and the kernel is 12 MiB smaller. */
const youngMegabytes = 24;

/** The methods of `CellLanguage`, over the thread. */
export class LanguageClient {
  readonly #live: LiveValues;
  readonly #dialect: Dialect;
  readonly #open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #worker: Worker | undefined;
  #lastId = 0;
  #checking: Checking | undefined;

  /** @param live where the thread gets its facts of the running process */
  constructor(live: LiveValues, dialect: Dialect) {
    this.#live = live;
    this.#dialect = dialect;
  }

  compile(source: string, number: number): Promise<Compiled> {
    return this.#ask('compile', source, number);
  }

  accept(cell: CompiledCell): void {
    this.#post({ call: 'accept', cell });
  }

  complete(source: string, cursor: number): Promise<CompletionList> {
    return this.#ask('complete', source, cursor);
  }

  inspect(source: string, cursor: number, detail: 0 | 1): Promise<Answer<'inspect'>> {
    return this.#ask('inspect', source, cursor, detail);
  }

  isComplete(source: string): Promise<Answer<'isComplete'>> {
    return this.#ask('isComplete', source);
  }

  expression(source: string, locals: readonly string[]): Promise<string> {
    return this.#ask('expression', source, locals);
  }

  setChecking(checking: Checking): void {
    this.#checking = checking;
    this.#post({ call: 'checking', checking });
  }

  /** Loads the language service and the types every cell has, so that the first cell does not wait for them. */
  warm(): void {
    this.compile('0', 0).catch(() => undefined);
  }

  /** Forgets all cells: the runner that knew them has ended. What is being asked fails. */
  reset(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    this.#failAll(new Error('the language service was restarted'));
  }

  #ask<Name extends Call>(call: Name, ...args: readonly unknown[]): Promise<Answer<Name>> {
    const id = (this.#lastId += 1);
    return new Promise<unknown>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#post({ call, id, args });
    }) as Promise<Answer<Name>>;
  }

  #post(request: LanguageRequest): void {
    this.#thread().postMessage(request);
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker;
    const entry = new URL(import.meta.url.replace(/language-client(\.\w+)$/, 'language-thread$1'));
    const worker = new Worker(entry, {
      workerData: this.#dialect,
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
    });
    this.#worker = worker;
    worker.on('message', (answer: LanguageAnswer) => this.#answered(worker, answer));
    worker.on('error', (error) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#failAll(error instanceof Error ? error : new Error(String(error)));
    });
    if (this.#checking)
      worker.postMessage({ call: 'checking', checking: this.#checking } satisfies LanguageRequest);
    return worker;
  }

  #answered(worker: Worker, answer: LanguageAnswer): void {
    if ('live' in answer) {
      const { live, path, id } = answer;
      const fact: Promise<unknown> =
        live === 'preview' ? this.#live.preview(path) : this.#live.propertiesOf(path);
      void fact.then((value) => worker.postMessage({ call: 'live', id, value } satisfies LanguageRequest));
      return;
    }
    const waiting = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}
