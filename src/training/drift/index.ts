/** Drift: noticing that a stream has changed, and what to do then. */

export type { DriftDetector } from './drift-detector.ts';
export { Adwin, type AdwinOptions } from './adwin.ts';
export { Ddm, Eddm, type DdmOptions, type EddmOptions } from './ddm.ts';
export { HddmA, HddmW, type HddmAOptions, type HddmWOptions } from './hddm.ts';
export { Kswin, kolmogorovSmirnov, type KolmogorovSmirnov, type KswinOptions } from './kswin.ts';
export { PageHinkley, type PageHinkleyOptions } from './page-hinkley.ts';
export {
  DriftReactor,
  reactToDrift,
  type DriftReaction,
  type DriftReport,
  type ReactOptions,
} from './reaction.ts';
