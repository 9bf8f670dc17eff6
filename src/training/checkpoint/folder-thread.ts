/**
 * The thread that writes checkpoints into folders: hashing and the system's calls, one after the other, while training goes on.
 * The thread that trains takes a state apart, hands the bytes over, and hears when they are safe. There is one for the process.
 */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { LOCK_LOOKS } from '../../process/index.ts';
import {
  CHECKPOINT_NAME,
  DRAFT_PREFIX,
  writeFolders,
  type FolderAnswer,
  type FolderClearing,
  type FolderRules,
  type FolderSave,
} from './folder-writing.ts';
import { sealCheckpoint } from './manifest.ts';

const rules: FolderRules = {
  draftPrefix: DRAFT_PREFIX,
  checkpointName: CHECKPOINT_NAME.source,
  lockLooks: LOCK_LOOKS,
};
const threadCode = `(${writeFolders.toString()})(${JSON.stringify(rules)}, ${sealCheckpoint.toString()});`;

/** What comes of a job. */
interface Done {
  readonly id: string;
  readonly memory: ArrayBuffer;
}

/** A job that has not been answered. */
interface Pending {
  readonly resolve: (done: Done) => void;
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

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: FolderAnswer) => this.#answered(answer));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', () => this.#ended(new Error('The thread that writes checkpoints has ended.')));
  }

  /**
   * Does a job.
   *
   * @param memory the bytes of a checkpoint's arrays, one after the other; handed over
   * @returns the id of what was saved, and the memory, which is the caller's again
   * @throws what the system says
   */
  do(job: FolderSave | FolderClearing, memory = new ArrayBuffer(0)): Promise<Done> {
    return new Promise((resolve, reject) => {
      // First: a message that cannot be sent gets no answer.
      this.#worker.postMessage({ job, memory }, [memory]);
      this.#pending.push({ resolve, reject });
      this.#worker.ref();
    });
  }

  #answered({ id = '', error, fields, memory }: FolderAnswer): void {
    const { resolve, reject } = this.#pending.shift()!;
    if (this.#pending.length === 0) this.#worker.unref();
    if (error) reject(Object.assign(error, fields));
    else resolve({ id, memory });
  }

  #ended(error: unknown): void {
    this.isAlive = false;
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}
