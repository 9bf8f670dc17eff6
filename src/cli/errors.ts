/** The failures of the command line itself. */
import { failure } from '../errors.ts';

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

/** The course is not in order: exercises not right yet, or rules broken. */
export class CourseError extends failure({
  code: 'ST_CLI_COURSE',
  says: ({ problem }: { problem: string }) => `${problem}; see above.`,
  cure: '',
}) {}
