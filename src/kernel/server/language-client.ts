/** The server's handle on the language service, which lives in a thread of its own, started when first needed. */
import { Worker } from 'node:worker_threads';
import type {
  CellLanguage,
  Checking,
  Compiled,
  CompiledCell,
  CompletionList,
  LiveValues,
} from '../contracts.ts';
import type { LanguageAnswer, LanguageRequest } from './language-protocol.ts';

/** Half of what Node gives: cells take no longer, and the kernel is 12 MiB smaller. */
const youngMegabytes = 24;

type WithoutId<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never;
type Question = WithoutId<Extract<LanguageRequest, { source: string }>>;
type Inspection = Awaited<ReturnType<CellLanguage['inspect']>>;
type Completeness = ReturnType<CellLanguage['isComplete']>;

/** The methods of `CellLanguage`, over the thread. */
export class LanguageClient {
  readonly #live: LiveValues;
  readonly #open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #worker: Worker | undefined;
  #lastId = 0;
  #checking: Checking | undefined;

  /** @param live where the thread gets its facts of the running process */
  constructor(live: LiveValues) {
    this.#live = live;
  }

  compile(source: string, number: number): Promise<Compiled> {
    return this.#ask({ call: 'compile', source, number });
  }

  accept(cell: CompiledCell): void {
    this.#post({ call: 'accept', cell });
  }

  complete(source: string, cursor: number): Promise<CompletionList> {
    return this.#ask({ call: 'complete', source, cursor });
  }

  inspect(source: string, cursor: number, detail: 0 | 1): Promise<Inspection> {
    return this.#ask({ call: 'inspect', source, cursor, detail });
  }

  isComplete(source: string): Promise<Completeness> {
    return this.#ask({ call: 'isComplete', source });
  }

  setChecking(checking: Checking): void {
    this.#checking = checking;
    this.#post({ call: 'checking', checking });
  }

  /** Loads the language service and the types every cell has, so that the first cell does not wait for them. */
  warm(): void {
    this.compile('0', 0).catch(() => undefined);
  }

  /** Forgets all cells: the runner that knew them is gone. What is being asked fails. */
  reset(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    this.#failAll(new Error('the language service was restarted'));
  }

  #ask<T>(question: Question): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<unknown>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#post({ ...question, id });
    }) as Promise<T>;
  }

  #post(request: LanguageRequest): void {
    this.#thread().postMessage(request);
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(
      new URL(import.meta.url.replace(/language-client(\.\w+)$/, 'language-thread$1')),
      { resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes } },
    );
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
