/** Every way in which set-up can fail, each saying what was tried, what the system answered and what to do. */
import { failure, StreamTrainError } from '../errors.ts';

/** The facts that every set-up failure carries. */
export interface Trouble {
  /** What we wanted, in words: `install the Python packages`. */
  readonly what: string;
  /** What was tried: a command line, an address, a path; one entry an attempt. */
  readonly tried: readonly string[];
  /** What the system answered, in its own words. */
  readonly answered: string;
  /** What the user can do now. */
  readonly toDo: string;
}

/** Base of the set-up errors: a {@link Trouble} laid out so that a bug report can quote it whole. */
export abstract class InstallError extends StreamTrainError implements Trouble {
  declare readonly what: string;
  declare readonly tried: readonly string[];
  declare readonly answered: string;
  declare readonly toDo: string;
}

/**
 * What the declarations of all set-up failures share: the facts under each other, long answers with their last lines,
 * where programs say what went wrong. `Extra`: further facts of one failure.
 */
export function trouble<Extra extends object = object>() {
  return {
    base: InstallError,
    says: ({ what, tried, answered }: Trouble & Extra) => {
      const lines = answered.trim().split('\n');
      const shown = lines.length > 30 ? ['...', ...lines.slice(-30)] : lines;
      return (
        `Could not ${what}.\n  Tried:    ${tried.join(NEXT_LINE)}\n` +
        `  Answered: ${shown.join(NEXT_LINE)}\n`
      );
    },
    // The sentence and the cure are joined by a blank.
    cure: ({ toDo }: Trouble & Extra) => ` To do:    ${toDo.replaceAll('\n', NEXT_LINE)}`,
  };
}

const NEXT_LINE = '\n            ';

/** A program could not be started or stopped, or ended with an error. */
export class CommandError extends failure({ code: 'ST_INSTALL_COMMAND', ...trouble() }) {}

/** A file could not be downloaded; what had arrived is kept, and the next attempt goes on from there. */
export class DownloadError extends failure({
  code: 'ST_INSTALL_DOWNLOAD',
  canRetry: true,
  ...trouble(),
}) {}

/** A file's digest is not the one that was published for it. */
export class ChecksumError extends failure({
  code: 'ST_INSTALL_CHECKSUM',
  canRetry: true,
  ...trouble(),
}) {}

/** `STREAMTRAIN_MAVEN_URL` holds a login, which messages and logs would show. Nothing was asked of it. */
export class MavenAddressError extends failure({ code: 'ST_INSTALL_MAVEN_ADDRESS', ...trouble() }) {}

/** The disk is full. */
export class DiskFullError extends failure({ code: 'ST_INSTALL_DISK_FULL', ...trouble() }) {}

/** A program that set-up needs is not on this machine. */
export class ToolMissingError extends failure({ code: 'ST_INSTALL_TOOL_MISSING', ...trouble() }) {}

/** No folder could be found in which to keep downloads. */
export class CacheError extends failure({ code: 'ST_INSTALL_CACHE', ...trouble() }) {}

/** A project in which streamtrain is to be set up cannot be used, or contradicts what is needed. It is as it was. */
export class UserProjectError extends failure({ code: 'ST_INSTALL_PROJECT', ...trouble() }) {}

/** None of the ways to native TensorFlow worked. */
export class NativeTensorFlowError extends failure({ code: 'ST_INSTALL_TENSORFLOW', ...trouble() }) {}
