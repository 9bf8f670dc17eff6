/**
 * The thread that writes checkpoints into folders: hashing and the system's calls, one after the other, while training goes on.
 * The thread that trains takes a state apart, hands the bytes over, and hears when they are safe. There is one for the process.
 */
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { CheckpointDraft } from './manifest.ts';

/** A checkpoint to be written. */
interface FolderSave {
  readonly task: 'save';
  /** The folder of all checkpoints. */
  readonly folder: string;
  /** The name it has until it is whole. */
  readonly draft: string;
  readonly files: { readonly manifest: string; readonly arrays: string };
  /** Usable ones that are kept, this one included. */
  readonly keep: number;
  /** Ids that do not count. */
  readonly refused: readonly string[];
  /** Nothing is renamed unless this file holds this id; undefined: nobody has the lock. */
  readonly lock: { readonly file: string; readonly id: string } | undefined;
  readonly syncsFolders: boolean;
  readonly manifest: CheckpointDraft['manifest'];
}

/** Removes what is half written. */
interface FolderClearing {
  readonly task: 'clear';
  readonly folder: string;
}

/** How the name of a checkpoint begins until it is whole. */
export const DRAFT_PREFIX = '.writing-';

/** What the thread answers, with the memory it was given. */
interface Answer {
  readonly memory: ArrayBuffer;
  /** The new checkpoint's id. */
  readonly id?: string;
  readonly error?: Error;
  /** The fields of a system's error, which a message leaves out. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * What the thread runs: JavaScript in a text, so that it starts without a loader (25 ms) wherever this file runs: as TypeScript,
 * compiled, or in a bundle.
 */
const threadCode = String.raw`
'use strict';
const { createHash, randomUUID } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { parentPort } = require('node:worker_threads');

parentPort.on('message', ({ job, memory }) => {
  try {
    const id = job.task === 'save' ? save(job, memory) : clear(job);
    parentPort.postMessage({ id, memory }, [memory]);
  } catch (error) {
    parentPort.postMessage({ error, fields: { ...error }, memory }, [memory]);
  }
});

function save(job, memory) {
  const { folder, files, keep } = job;
  const draft = path.join(folder, job.draft);
  try {
    fs.mkdirSync(draft, { recursive: true });
    writeFiles(draft, files, sealed(job.manifest, new Uint8Array(memory)));
    if (job.syncsFolders) sync(draft, 'r');
    const existing = list(folder);
    const last = existing.length > 0 ? Number(existing[0].slice(-12)) : 0;
    const id = 'checkpoint-' + String(last + 1).padStart(12, '0');
    // Whoever takes over after this removes the draft, so that a process suspended right here cannot rename it.
    if (job.lock) checkLock(job.lock);
    fs.renameSync(draft, path.join(folder, id));
    if (job.syncsFolders) sync(folder, 'r');
    const usable = [id, ...existing].filter((one) => !job.refused.includes(one));
    for (const one of usable.slice(keep)) remove(folder, one, files);
    return id;
  } catch (error) {
    try {
      fs.rmSync(draft, { recursive: true, force: true });
    } catch {}
    throw error;
  }
}

function clear({ folder }) {
  for (const name of fs.readdirSync(folder)) if (name.startsWith('${DRAFT_PREFIX}')) remove(folder, name);
}

/** The bytes of the files, checksums filled in. */
function sealed({ texts, ends, opening, closing }, arrays) {
  let text = texts[0];
  for (let i = 0; i < ends.length; i++)
    text += sha256(arrays.subarray(i === 0 ? 0 : ends[i - 1], ends[i])) + texts[i + 1];
  const manifest = Buffer.from(opening[0] + sha256(text) + opening[1] + text + closing);
  return { manifest, arrays: arrays.subarray(0, ends.length === 0 ? 0 : ends[ends.length - 1]) };
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}

/** Newest first. */
function list(folder) {
  return fs.readdirSync(folder).filter((name) => /^checkpoint-\d{12}$/.test(name)).sort().reverse();
}

/** All are written before one is synced: the disk is asked for little more than once then. */
function writeFiles(folder, files, bytes) {
  for (const part of ['arrays', 'manifest']) fs.writeFileSync(path.join(folder, files[part]), bytes[part], { flag: 'wx' });
  for (const part of ['arrays', 'manifest']) sync(path.join(folder, files[part]), 'r+');
}

function sync(place, flags) {
  const handle = fs.openSync(place, flags);
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** For a moment nothing is there while another process looks whose it is. */
function checkLock({ file, id }) {
  for (let tries = 0; tries < 6; tries++) {
    const found = ownerOf(file);
    if (found === id) return;
    if (found !== undefined) break;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  throw new Error(file + ' is not held any more');
}

function ownerOf(file) {
  let text;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text).id;
  } catch {
    return text;
  }
}

/** Under another name first, so that a process that dies here leaves no torn checkpoint behind. Gone already is fine. */
function remove(folder, name, files = {}) {
  const draft = path.join(folder, '${DRAFT_PREFIX}' + randomUUID());
  try {
    fs.renameSync(path.join(folder, name), draft);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  // File by file, which asks the disk three times instead of ten, or with what else is in it.
  try {
    for (const file of Object.values(files)) fs.unlinkSync(path.join(draft, file));
    fs.rmdirSync(draft);
  } catch {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}
`;

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
    this.#worker.on('message', (answer: Answer) => this.#answered(answer));
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

  #answered({ id = '', error, fields, memory }: Answer): void {
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
