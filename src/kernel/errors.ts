/** Every way the kernel's own parts fail on purpose: one class and one code each. */
import { StreamTrainError } from '../errors.ts';

/** The connection file that Jupyter hands over cannot be used. */
export class ConnectionFileError extends StreamTrainError {
  readonly code = 'ST_KERNEL_CONNECTION_FILE';
  readonly file: string;

  constructor(file: string, problem: string, cause?: unknown) {
    super(
      `The connection file ${file} cannot be used: ${problem}. ` +
        'Jupyter writes this file when it starts a kernel; to start one by hand, use "jupyter console --kernel streamtrain".',
      { cause },
    );
    this.file = file;
  }
}

/** The front end does not take questions for this cell, or the cell is over. */
export class InputRefusedError extends StreamTrainError {
  readonly code = 'ST_KERNEL_INPUT_REFUSED';

  constructor(problem: string) {
    super(`The user cannot be asked: ${problem}.`);
  }
}

/** The kernel cannot be put where it was asked for. */
export class KernelInstallError extends StreamTrainError {
  readonly code = 'ST_KERNEL_INSTALL';
  readonly folder: string;

  constructor(folder: string, problem: string, cause?: unknown) {
    super(`The kernel cannot be installed into ${folder}: ${problem}.`, { cause });
    this.folder = folder;
  }
}
