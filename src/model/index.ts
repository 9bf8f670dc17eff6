/** The model room's public face. */

export * from './errors.ts';
export * from './classifier.ts';
export { renewDropoutMasks } from './dropout.ts';
export * from './storage.ts';
