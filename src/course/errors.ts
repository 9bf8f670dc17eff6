/** What can go wrong with the course's notebooks and exercises. */
import { failure } from '../errors.ts';

/** A file is no notebook that can be worked with: it is not there, is not JSON, or is of another format. */
export class NotebookFileError extends failure({
  code: 'ST_COURSE_NOTEBOOK',
  says: ({ file, problem }: { file: string; problem: string }) =>
    `${file} is no notebook of nbformat 4: ${problem}.`,
  cure: 'Open and save it in JupyterLab 4.',
}) {}

/** There is no exercise of this number. */
export class UnknownExerciseError extends failure({
  code: 'ST_COURSE_EXERCISE',
  says: ({ exercise }: { exercise: string; known: readonly string[] }) =>
    `There is no exercise "${exercise}".`,
  cure: ({ known }) => `The exercises are ${known.join(', ')}.`,
}) {}

/** A notebook's solutions do not fit its exercises. */
export class SolutionError extends failure({
  code: 'ST_COURSE_SOLUTION',
  says: ({ exercise, problem }: { exercise: string; problem: string }) => `Exercise ${exercise}: ${problem}.`,
  cure: 'Give each exercise one cell to answer in, and one folded solution that begins with the same first line.',
}) {}
