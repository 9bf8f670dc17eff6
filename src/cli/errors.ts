/** The failures of the command line itself. */
import { failure, messageOf } from '../errors.ts';

/** Something the user asked for in a way the command does not understand; exit code 2. */
export class UsageError extends failure({
  code: 'ST_CLI_USAGE',
  says: ({ problem }: { problem: string }) => problem,
  cure: '',
}) {}

/** The file to write or replay cannot be read as CSV. */
export class CsvFileError extends failure({
  code: 'ST_CLI_CSV_FILE',
  says: ({ file, problem }: { file: string; problem: string }) => `${file}: ${problem}`,
  cure: '',
}) {}

/** The file that predictions are written to cannot be written. */
export class OutputFileError extends failure({
  code: 'ST_CLI_OUTPUT_FILE',
  says: ({ file, cause }: { file: string; cause: unknown }) =>
    `${file} cannot be written: ${messageOf(cause)}.`,
  cure: 'Check the path, its permissions and the free space.',
}) {}

/** The course is not in order: exercises not right yet, or rules broken. */
export class CourseError extends failure({
  code: 'ST_CLI_COURSE',
  says: ({ problem }: { problem: string }) => `${problem}; see above.`,
  cure: '',
}) {}

/** The kernel was asked for in a project that has the package `streamtrain` and not the kernel's. */
class KernelMissingError extends failure({
  code: 'ST_CLI_KERNEL_MISSING',
  says: (_facts: { cause: unknown }) => 'The package @streamtrain/kernel is not installed here.',
  cure: 'Run "npm install @streamtrain/kernel", then the same again.',
}) {}

/**
 * Imports what needs the kernel, a package of its own that a project with data sets alone does not have.
 *
 * @throws KernelMissingError (`ST_CLI_KERNEL_MISSING`)
 */
export async function orKernelMissing<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    throw isMissing ? new KernelMissingError({ cause: error }) : error;
  }
}
