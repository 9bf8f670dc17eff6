/** Drift: noticing that a stream has changed, and what to do then. */

export type { DriftDetector } from './drift-detector.ts';
export { Adwin, type AdwinOptions } from './adwin.ts';
export { Ddm, type DdmOptions } from './ddm.ts';
export { Eddm, type EddmOptions } from './eddm.ts';
export { HddmA, type HddmAOptions } from './hddm-a.ts';
export { HddmW, type HddmWOptions } from './hddm-w.ts';
export { Kswin, type KswinOptions } from './kswin.ts';
export { PageHinkley, type PageHinkleyOptions } from './page-hinkley.ts';
export { kolmogorovSmirnov, type KolmogorovSmirnov } from './kolmogorov-smirnov.ts';
export {
  DriftReactor,
  reactToDrift,
  type DriftReaction,
  type DriftReport,
  type ReactOptions,
} from './reaction.ts';
