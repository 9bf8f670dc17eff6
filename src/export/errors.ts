/** What can go wrong when a model is taken elsewhere. */
import { failure, messageOf } from '../errors.ts';

/** A part of the model has no counterpart in the format, or cannot be told from what was given. Nothing was written. */
export class ExportUnsupportedError extends failure({
  code: 'ST_EXPORT_UNSUPPORTED',
  says: ({ format, problem }: { format: string; problem: string; toDo?: string }) =>
    `The model cannot be exported${format === '' ? '' : ` as ${format}`}: ${problem}.`,
  cure: ({ toDo = '' }) => toDo,
}) {}

/** There is something in the folder that the model was to be written to. */
export class ExportFolderError extends failure({
  code: 'ST_EXPORT_FOLDER',
  says: ({ folder }: { folder: string }) =>
    `The model is not exported to ${folder}: there is something already.`,
  cure: 'Name a folder that does not exist yet, or an empty one.',
}) {}

/** The exported model could not be written. */
export class ExportWriteError extends failure({
  code: 'ST_EXPORT_WRITE',
  says: ({ folder, cause }: { folder: string; cause: unknown }) =>
    `The model could not be written to ${folder}: ${messageOf(cause)}.`,
  cure: 'Check the path, its permissions and the free space.',
}) {}

/** The package that writes the format is not installed: it is an optional one. */
export class ExportPackageError extends failure({
  code: 'ST_EXPORT_PACKAGE',
  says: ({ format, name }: { format: string; name: string; cause: unknown }) =>
    `The format ${format} is written by the package ${name}, which is not installed here.`,
  cure: ({ name }) => `Run "npm install ${name}", then the same again.`,
}) {}

/** A checkpoint or saved model was asked for where there is none. */
export class NoCheckpointError extends failure({
  code: 'ST_EXPORT_NO_CHECKPOINT',
  says: ({ place, refused }: { place: string; refused: number }) =>
    refused === 0
      ? `There is no checkpoint in ${place}.`
      : `None of the ${refused} checkpoints in ${place} can be used.`,
  cure: 'Name the folder that streamtrain train was given by --checkpoint, or one that saveModel wrote.',
}) {}
