/** The failures of the command line itself. */
import { StreamTrainError } from '../errors.ts';

/** Something the user asked for in a way the command does not understand; exit code 2. */
export class UsageError extends StreamTrainError {
  readonly code = 'ST_CLI_USAGE';
}

/** The file to write or replay cannot be read as CSV. */
export class CsvFileError extends StreamTrainError {
  readonly code = 'ST_CLI_CSV_FILE';
  readonly file: string;

  constructor(file: string, detail: string, cause?: unknown) {
    super(`${file}: ${detail}`, { cause });
    this.file = file;
  }
}

/** The course is not in order: exercises not right yet, or rules broken. */
export class CourseError extends StreamTrainError {
  readonly code = 'ST_CLI_COURSE';

  constructor(problem: string) {
    super(`${problem}; see above.`);
  }
}
