/** The course's public face: its notebooks as files, their rules, their exercises. */

export * from './errors.ts';
export * from './notebook-file.ts';
export { checkExercise } from './exercise.ts';
export type { CheckOptions, Exercise, ExerciseWords, Judgement } from './exercise.ts';
export { verdictsIn, type Language, type PrintedVerdict, type Verdict } from './wording.ts';
export { exercises } from './exercises/index.ts';
export { exerciseTopics, type ExerciseKafka, type ExerciseTopic } from './exercise-topics.ts';
export { lintCourse, lintNotebook, type LintInput } from './lint.ts';
export { answerCells, solutionsOf, withSolutions, type AnswerCell } from './solutions.ts';
export { exerciseVerdicts, type ExerciseVerdict } from './verdicts.ts';
export { formatNotebook, strippedNotebook } from './strip.ts';
