/** What can go wrong when a cell shows something or asks the user. */
import { JSON } from '../primordials.ts';
import { StreamTrainError } from '../../errors.ts';

/** Something that only a notebook can do was asked for outside of one. */
export class NotInKernelError extends StreamTrainError {
  readonly code = 'ST_KERNEL_NOT_RUNNING';
  readonly what: string;

  constructor(what: string) {
    super(`Not ready: ${what} works in a cell of the "TypeScript (streamtrain)" kernel only.`);
    this.what = what;
  }
}

/** The content given cannot be sent as an output. */
export class DisplayContentError extends StreamTrainError {
  readonly code = 'ST_KERNEL_DISPLAY_CONTENT';
  readonly mime: string;

  constructor(mime: string, problem: string, cause?: unknown) {
    super(`The output of type ${JSON.stringify(mime)} cannot be sent: ${problem}.`, { cause });
    this.mime = mime;
  }
}

/** `kernel.options` was given something it does not know. */
export class KernelOptionError extends StreamTrainError {
  readonly code = 'ST_KERNEL_OPTION';
  readonly option: string;

  constructor(option: string, problem: string) {
    super(`kernel.options: ${option} ${problem}.`);
    this.option = option;
  }
}
