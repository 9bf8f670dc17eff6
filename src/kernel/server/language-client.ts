/** The server's handle on the language service: a process of its own, started when first needed, and its messages. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type {
  CellLanguage,
  Checking,
  Compiled,
  CompiledCell,
  CompletionList,
  Dialect,
  LiveValues,
} from '../contracts.ts';
import type { Call, LanguageAnswer, LanguageRequest } from '../language/serve.ts';
import { findSnapshot, languageFlags, removeSnapshot, snapshotMaker } from '../language/snapshot.ts';

type Answer<Name extends Call> = Awaited<ReturnType<CellLanguage[Name]>>;

/** So long after a start without a snapshot one is made, ms: a kernel that ends before has other cares. */
const snapshotAfter = 5000;

const withoutSnapshot = fileURLToPath(
  import.meta.url.replace(/server\/language-client(\.\w+)$/, 'language/process$1'),
);

/** The methods of `CellLanguage`, over the channel of the process. */
export class LanguageClient {
  readonly #live: LiveValues;
  readonly #dialect: Dialect;
  readonly #open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #process: ChildProcess | undefined;
  /** What was asked of a process that started from a snapshot and has not answered yet. */
  #unproven: LanguageRequest[] | undefined;
  /** What that process started from. */
  #snapshot: string | undefined;
  #mayUseSnapshot = true;
  #making: NodeJS.Timeout | undefined;
  #lastId = 0;
  #checking: Checking | undefined;

  /** @param live where the process gets its facts of the running process */
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

  /** Loads the language service, the types every cell has, and what declarations need, so that the first cell does not wait for them. */
  warm(): void {
    this.compile('const zero = 0; zero', 0).catch(() => undefined);
  }

  /** Forgets all cells: the runner that knew them has ended. What is being asked fails. */
  reset(): void {
    const running = this.#process;
    this.#process = undefined;
    this.#unproven = undefined;
    clearTimeout(this.#making);
    this.#making = undefined;
    running?.kill('SIGKILL');
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
    const running = this.#started();
    this.#unproven?.push(request);
    running.send(request, () => undefined); // When it has ended, `exit` says so.
  }

  #started(): ChildProcess {
    if (this.#process) return this.#process;
    const snapshot = this.#mayUseSnapshot ? findSnapshot() : undefined;
    const start = snapshot === undefined ? [withoutSnapshot] : ['--snapshot-blob', snapshot];
    const running = spawn(process.execPath, [...languageFlags, ...start, this.#dialect], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      windowsHide: true,
    });
    this.#process = running;
    this.#snapshot = snapshot;
    this.#unproven = snapshot === undefined ? undefined : [];
    running.on('message', (answer: LanguageAnswer) => this.#answered(running, answer));
    let isOver = false;
    const ended = (problem: string) => {
      if (isOver || this.#process !== running) return;
      isOver = true;
      this.#ended(problem);
    };
    running.once('exit', (code, signal) => ended(`the language service ended (${signal ?? code})`));
    running.once('error', (error) => ended(error.message));
    if (snapshot === undefined) this.#making ??= setTimeout(makeSnapshot, snapshotAfter).unref();
    if (this.#checking) this.#post({ call: 'checking', checking: this.#checking });
    return running;
  }

  /** A snapshot that does not even start is removed: what was asked of it is asked of a process without one. */
  #ended(problem: string): void {
    const again = this.#unproven;
    this.#process = undefined;
    this.#unproven = undefined;
    if (!again) return this.#failAll(new Error(problem));
    this.#mayUseSnapshot = false;
    if (this.#snapshot !== undefined) removeSnapshot(this.#snapshot);
    for (const request of again) if (request.call !== 'checking') this.#post(request);
  }

  #answered(running: ChildProcess, answer: LanguageAnswer): void {
    if (running !== this.#process) return; // It was replaced, and what it was asked has failed.
    this.#unproven = undefined;
    if ('live' in answer) {
      const { live, path, id } = answer;
      const fact: Promise<unknown> =
        live === 'preview' ? this.#live.preview(path) : this.#live.propertiesOf(path);
      void fact.then((value) => running.send({ call: 'live', id, value }, () => undefined));
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

/** Another kernel may have made one meanwhile; the process looks, and goes on when this kernel ends. */
function makeSnapshot(): void {
  spawn(process.execPath, [snapshotMaker, 'background'], {
    stdio: 'ignore',
    detached: true,
    windowsHide: true,
  })
    .on('error', () => undefined)
    .unref();
}
