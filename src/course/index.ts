/** The course's public face: its notebooks as files, their rules, their exercises. */

export * from './errors.ts';
export { checkExercise, exercises, type CheckOptions, type TranslatedExercise } from './check-exercise.ts';
export { useLanguage, type Language } from '../language.ts';
export {
  verdictsIn,
  type Exercise,
  type ExerciseWords,
  type Judgement,
  type PrintedVerdict,
  type Verdict,
} from './exercise.ts';
export { exerciseTopics, type ExerciseKafka, type ExerciseTopic } from './exercise-topics.ts';
export { chapterOf, forGrading, gradesAfter, type Grade, type GradedNotebook } from './grading.ts';
export { languageOfNotebook } from './notebook-language.ts';
export { lintCourse, lintNotebook, type LintInput } from './lint.ts';
export {
  answerCells,
  exerciseVerdicts,
  solutionsOf,
  withSolutions,
  type AnswerCell,
  type ExerciseVerdict,
} from './notebook-exercises.ts';
export {
  cellOf,
  complaints,
  displayedBy,
  formatNotebook,
  printedBy,
  readNotebook,
  strippedNotebook,
  textOf,
  type MultilineText,
  type Notebook,
  type NotebookCell,
  type NotebookOutput,
} from './notebook-file.ts';
export { asSlides, type SlideType } from './slides.ts';
export { submissionsIn, type Submission, type Submissions } from './submissions.ts';
