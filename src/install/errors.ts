/** Every way in which set-up can fail, each saying what was tried, what the system answered and what to do. */
import { StreamTrainError } from '../errors.ts';
import type { StreamTrainErrorOptions } from '../errors.ts';

/** The three facts that every set-up failure carries. */
export interface Trouble {
  /** What we wanted, in words: `install the Python packages`. */
  what: string;
  /** What was tried: a command line, an address, a path; one entry an attempt. */
  tried: string | readonly string[];
  /** What the system answered, in its own words. */
  answered: string;
  /** What the user can do now. */
  toDo: string;
}

/** Base of the set-up errors: a {@link Trouble} laid out so that a bug report can quote it whole. */
export abstract class InstallError extends StreamTrainError {
  /** What was tried, one entry an attempt. */
  readonly tried: readonly string[];
  /** What the system answered. */
  readonly answered: string;
  /** What the user can do. */
  readonly toDo: string;

  constructor(trouble: Trouble, options?: StreamTrainErrorOptions) {
    super(describe(trouble), options);
    this.tried = [trouble.tried].flat();
    this.answered = trouble.answered;
    this.toDo = trouble.toDo;
  }
}

/** A program could not be started or ended with an error. */
export class CommandError extends InstallError {
  readonly code = 'ST_INSTALL_COMMAND';
}

/** A file could not be downloaded; what had arrived is kept, and the next attempt goes on from there. */
export class DownloadError extends InstallError {
  readonly code = 'ST_INSTALL_DOWNLOAD';
  override readonly canRetry = true;
}

/** A file's digest is not the one that was published for it. */
export class ChecksumError extends InstallError {
  readonly code = 'ST_INSTALL_CHECKSUM';
  override readonly canRetry = true;
}

/** The disk is full. */
export class DiskFullError extends InstallError {
  readonly code = 'ST_INSTALL_DISK_FULL';
}

/** A program that set-up needs is not on this machine. */
export class ToolMissingError extends InstallError {
  readonly code = 'ST_INSTALL_TOOL_MISSING';
}

/** No folder could be found in which to keep downloads. */
export class CacheError extends InstallError {
  readonly code = 'ST_INSTALL_CACHE';
}

/** Another process held a lock for too long. */
export class LockError extends InstallError {
  readonly code = 'ST_INSTALL_LOCK';
  override readonly canRetry = true;
}

/** None of the ways to native TensorFlow worked. */
export class NativeTensorFlowError extends InstallError {
  readonly code = 'ST_INSTALL_TENSORFLOW';
}

/** Lays the facts out under each other; long answers keep their last lines, where programs say what went wrong. */
function describe({ what, tried, answered, toDo }: Trouble): string {
  const lines = answered.trim().split('\n');
  const shown = lines.length > 30 ? ['...', ...lines.slice(-30)] : lines;
  return [
    `Could not ${what}.`,
    `  Tried:    ${[tried].flat().join('\n            ')}`,
    `  Answered: ${shown.join('\n            ')}`,
    `  To do:    ${toDo.replaceAll('\n', '\n            ')}`,
  ].join('\n');
}
