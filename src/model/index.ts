/** The model room's public face. */

export * from './errors.ts';
export * from './classifier.ts';
export { renewDropoutMasks } from './dropout.ts';
export * from './storage.ts';
export type { State, StateArray, Stateful } from './state.ts';
export type { LearnResult, MiniBatch, OnlineModel } from './online-model.ts';
