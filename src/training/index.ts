/** The training room's public face: judging models. */

export * from './errors.ts';
export * from './metrics/index.ts';
export * from './linear/index.ts';
export * from './drift/index.ts';
export * from './streams/index.ts';
export * from './checkpoint/index.ts';
export * from '../scaling/index.ts';
export * from './online/index.ts';
export * from './batch/index.ts';
export * from './prequential/index.ts';
