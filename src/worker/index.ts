/** The worker room's public face: Node processes that learn for other engines, and models averaged out of theirs. */

export * from './errors.ts';
export { averageStates, type LearntState } from './average-states.ts';
export { modelText, type ModelAndStep, type ModelText, type StepText } from './model-text.ts';
export type { SentRequest } from './requests.ts';
export type { OffsetRange } from './rows.ts';
export { scoreLines, type ScoreOptions } from './score-lines.ts';
export { serveLines, type LinesOptions } from './serve-lines.ts';
export { stateFromText, stateToText } from './state-text.ts';
