/** Every way the kernel fails on purpose: one class and one code each. */
import { failure, messageOf } from '../errors.ts';

/** The connection file that Jupyter hands over cannot be used. */
export class ConnectionFileError extends failure({
  code: 'ST_KERNEL_CONNECTION_FILE',
  says: ({ file, problem }: { file: string; problem: string }) =>
    `The connection file ${file} cannot be used: ${problem}.`,
  cure: 'Jupyter writes this file when it starts a kernel; to start one by hand, use "jupyter console --kernel streamtrain".',
}) {}

/** A cell asked the user, but the front end does not take questions for this cell, or did not answer. */
export class InputRefusedError extends failure({
  code: 'ST_KERNEL_INPUT_REFUSED',
  says: ({ problem }: { problem: string }) => `The user cannot be asked: ${problem}.`,
  cure: 'Set the value in the cell, or run the notebook in JupyterLab.',
}) {}

/** The kernel cannot be put where it was asked for, or be removed from there. */
export class KernelInstallError extends failure({
  code: 'ST_KERNEL_INSTALL',
  says: ({ folder, problem }: { folder: string; problem: string; remedy?: string }) =>
    `The kernel cannot be installed into ${folder}: ${problem}.`,
  cure: ({ remedy }) => remedy ?? 'Choose a folder that you may write to, with --prefix.',
}) {}

/** Something that only a notebook can do was asked for outside of one. */
export class NotInKernelError extends failure({
  code: 'ST_KERNEL_NOT_RUNNING',
  says: ({ what }: { what: string }) => `Not ready: ${what} works in a cell of a streamtrain kernel only.`,
  cure: 'Choose "TypeScript (streamtrain)" or "JavaScript (streamtrain)" as the kernel of the notebook.',
}) {}

/** A cell gave content that cannot be sent as an output. */
export class DisplayContentError extends failure({
  code: 'ST_KERNEL_DISPLAY_CONTENT',
  says: ({ mime, problem }: { mime: string; problem: string }) =>
    `The output of type "${mime}" cannot be sent: ${problem}.`,
  cure: 'Give text, bytes, or plain JSON.',
}) {}

/** A message was to be sent by a comm that either side has closed. */
export class CommClosedError extends failure({
  code: 'ST_KERNEL_COMM_CLOSED',
  says: ({ target }: { target: string }) => `The comm to "${target}" is closed.`,
  cure: 'Open another one, with kernel.comms.open.',
}) {}

/** The data of a comm message cannot be written as JSON: they hold themselves, a big integer, NaN or an infinite number. */
export class CommContentError extends failure({
  code: 'ST_KERNEL_COMM_CONTENT',
  says: ({ cause }: { cause: unknown }) =>
    `A comm message cannot be sent: its data are no JSON (${messageOf(cause)}).`,
  cure: 'Give plain JSON, and bytes by the option buffers.',
}) {}

/** A target of comms was registered a second time. */
export class CommTargetTakenError extends failure({
  code: 'ST_KERNEL_COMM_TARGET_TAKEN',
  says: ({ target }: { target: string }) => `The comm target "${target}" is registered already.`,
  cure: 'Take the other one back first: kernel.comms.register returns the function for that.',
}) {}

/** The TypeScript compiler at hand lacks a part that the kernel needs. */
export class TypeScriptPartError extends failure({
  code: 'ST_KERNEL_TYPESCRIPT_PART',
  says: ({ part }: { part: string }) => `The installed TypeScript has no ${part}, which the kernel needs.`,
  cure: 'Install the version of TypeScript that the package asks for, with "npm install".',
}) {}

/** The command `streamtrain-kernel` was called in a way it does not understand; exit code 2. */
export class KernelUsageError extends failure({
  code: 'ST_KERNEL_USAGE',
  says: ({ problem }: { problem: string }) => `${problem}.`,
  cure: 'See "streamtrain-kernel --help".',
}) {}
