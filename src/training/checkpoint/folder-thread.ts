/**
 * The thread that writes checkpoints into folders: hashing and the system's calls, one after the other, while training goes on.
 * The thread that trains takes a state apart, hands the bytes over, and hears when they are safe. There is one for the process.
 */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import {
  DRAFT_PREFIX,
  writeFolders,
  type FolderAnswer,
  type FolderClearing,
  type FolderSave,
} from './folder-writing.ts';

/** What some compilers call for each function, to keep its name. */
const threadCode = `const __name = (named) => named; (${writeFolders.toString()})(${JSON.stringify(DRAFT_PREFIX)});`;

/** A job that has not been answered. */
interface Pending {
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

let thread: FolderThread | undefined;

/** The process's thread; another one where the one before has ended. */
export function folderThread(): FolderThread {
  return thread?.isAlive === true ? thread : (thread = new FolderThread());
}

/** One thread, which does one job after the other. It keeps the process alive only while it has one. */
class FolderThread {
  isAlive = true;
  readonly #worker = new Worker(threadCode, { eval: true, execArgv: [], env: SHARE_ENV });
  readonly #pending: Pending[] = [];
  /** The memory of the last checkpoint, for the next one: new memory is written to more slowly. */
  #spare: ArrayBuffer | undefined;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: FolderAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', () => this.#ended(new Error('The thread that writes checkpoints has ended.')));
  }

  /** Memory of at least so many bytes, whose content is any. It goes back with the job it is given to. */
  memory(bytes: number): ArrayBuffer {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare && spare.byteLength >= bytes ? spare : new ArrayBuffer(bytes);
  }

  /**
   * Does a job.
   *
   * @param memory the bytes of a checkpoint's arrays, one after the other; handed over
   * @returns the id of what was saved
   * @throws what the system says
   */
  do(job: FolderSave | FolderClearing, memory = new ArrayBuffer(0)): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ job, memory }, [memory]);
    });
  }

  #answered({ id = '', error, fields, memory }: FolderAnswer): void {
    if (memory.byteLength > 0) this.#spare = memory;
    const { resolve, reject } = this.#pending.shift()!;
    if (this.#pending.length === 0) this.#worker.unref();
    if (error) reject(Object.assign(error, fields));
    else resolve(id);
  }

  #ended(error: unknown): void {
    this.isAlive = false;
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}
