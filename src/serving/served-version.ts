/** A version of the model at work, how it gives way to another, and who decides that. */
import type { Predictor } from './predictor.ts';

/** A version at work. */
export interface Served {
  readonly predictor: Predictor;
  /** The checkpoint's id; `null` where the model is of none. */
  readonly version: string | null;
  /** When the checkpoint was written; of a model without one, when serving began. */
  readonly created: Date;
}

/** A change of versions. */
export interface ModelSwap {
  readonly from: string | null | undefined;
  readonly to: string | null;
  /** From finding the new version to having it ready, ms; the rows went on meanwhile. */
  readonly loadedInMs: number;
}

/** Decides whether a version may take over. Without one, every version that can be loaded does. */
export interface Trial {
  /** A version has been loaded, and is to be compared with the one that serves. */
  begin(candidate: Served): void;
  /** What was found about the candidate so far: undefined while that is not settled. */
  verdict(): { readonly isTaken: boolean; readonly reason: string } | undefined;
  end(): void;
}
