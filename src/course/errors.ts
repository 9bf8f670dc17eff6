/** What can go wrong with the course's notebooks and exercises. */
import { StreamTrainError } from '../errors.ts';

/** A file is no notebook that can be worked with. */
export class NotebookFileError extends StreamTrainError {
  readonly code = 'ST_COURSE_NOTEBOOK';
  readonly file: string;

  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file} is no notebook of nbformat 4.5: ${problem}. Open and save it in JupyterLab 4.`, options);
    this.file = file;
  }
}

/** There is no exercise of this number. */
export class UnknownExerciseError extends StreamTrainError {
  readonly code = 'ST_COURSE_EXERCISE';
  readonly exercise: string;

  constructor(exercise: string, known: readonly string[]) {
    super(`There is no exercise "${exercise}". The exercises are ${known.join(', ')}.`);
    this.exercise = exercise;
  }
}

/** An exercise does not speak the language that was asked for. */
export class LanguageError extends StreamTrainError {
  readonly code = 'ST_COURSE_LANGUAGE';
  readonly exercise: string;
  readonly language: unknown;

  constructor(exercise: string, language: unknown, known: readonly string[]) {
    super(`Exercise ${exercise} does not speak "${String(language)}". It speaks ${known.join(' and ')}.`);
    this.exercise = exercise;
    this.language = language;
  }
}

/** A notebook's solutions do not fit its exercises. */
export class SolutionError extends StreamTrainError {
  readonly code = 'ST_COURSE_SOLUTION';
  readonly exercise: string;

  constructor(exercise: string, problem: string) {
    super(`Exercise ${exercise}: ${problem}.`);
    this.exercise = exercise;
  }
}
