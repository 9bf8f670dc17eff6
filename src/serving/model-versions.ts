/** The versions of a model: found in a store of checkpoints, loaded beside the one that serves, taken over between batches. */
import { messageOf } from '../errors.ts';
import { pause, Turns } from '../process/index.ts';
import {
  CheckpointForeignError,
  CheckpointRefusedError,
  type Checkpoint,
  type CheckpointStore,
} from '../training/index.ts';
import { ModelVersionError } from './errors.ts';
import type { Trial } from './guard.ts';
import { nameOf, NextVersion } from './next-version.ts';
import type { ModelSwap, Predictor, Served } from './predictor.ts';
import type { Adopt, TrainedPredictor } from './trained-predictor.ts';

/** What {@link ModelVersions} is made of. */
export interface ModelVersionsOptions {
  /** Several of each architecture: one serves, another takes the next weights. */
  readonly predictors: readonly TrainedPredictor[];
  /** For versions that none of them takes. */
  readonly adopt: Adopt;
  readonly store: CheckpointStore | undefined;
  /** How often the store is looked at, ms. */
  readonly every: number;
  readonly trial: Trial | undefined;
  readonly onRemark: (text: string) => void;
  readonly onSwap: (swap: ModelSwap) => void;
}

/** Loads versions, and says which one is to predict the next batch. */
export class ModelVersions {
  readonly #options: ModelVersionsOptions;
  #active: Served | undefined;
  /** Takes over with the next batch. */
  #ready: { readonly served: Served; readonly loadedInMs: number } | undefined;
  #candidate: { readonly served: Served; readonly loadedInMs: number } | undefined;
  /** Of versions that none of the given predictors took; each is freed when it is at work no more. */
  readonly #adopted = new Set<Predictor>();
  #pinned: string | undefined;
  #next: NextVersion | undefined;
  #lastTrouble = '';
  readonly #turns = new Turns();
  #found = () => {};

  constructor(options: ModelVersionsOptions) {
    this.#options = options;
    const { store, onRemark } = options;
    this.#next =
      store &&
      new NextVersion(store, (served, newest) =>
        onRemark(
          `The store holds nothing as new as version ${served}, which is served and goes on; the newest is ${newest}. Pin it to serve it.`,
        ),
      );
    if (store !== undefined) return;
    const predictor = options.predictors[0]!;
    predictor.warm();
    this.#active = { predictor, version: null, created: new Date() };
  }

  /** The version that predicted last; undefined before the first one is there. */
  get active(): Served | undefined {
    return this.#active;
  }

  /** The version that stands fast, if one does. */
  get pinned(): string | undefined {
    return this.#pinned;
  }

  /** Versions that were refused, with their reasons. */
  get refused(): ReadonlyMap<string, string> {
    return this.#next?.refused.reasons ?? new Map();
  }

  /** The version for the next batch; called between two batches (or before the first), and nowhere else. */
  next(): Served | undefined {
    this.#settleTrial();
    const [ready, before] = [this.#ready, this.#active];
    if (ready !== undefined) this.#active = ready.served;
    this.#ready = undefined;
    this.#freeAdopted();
    if (ready !== undefined && (before === undefined || nameOf(ready.served) !== nameOf(before)))
      this.#options.onSwap({ from: before?.version, to: ready.served.version, loadedInMs: ready.loadedInMs });
    return this.#active;
  }

  /** A version that is tried beside the active one. */
  get candidate(): Served | undefined {
    return this.#candidate?.served;
  }

  /** Waits until there is a version to serve. */
  async first(signal: AbortSignal): Promise<void> {
    while (this.#active === undefined && this.#ready === undefined && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.#found = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    this.next();
  }

  /** Looks at the store once: the newest version that can be used. Never fails. */
  async look(): Promise<void> {
    await this.#turns.take(async () => {
      try {
        await this.#look();
        this.#lastTrouble = '';
      } catch (error) {
        const text = `The versions of the model cannot be looked at: ${messageOf(error)} What is served goes on.`;
        if (text !== this.#lastTrouble) this.#options.onRemark(text);
        this.#lastTrouble = text;
      }
    });
  }

  /** Looks again and again. */
  async watch(signal: AbortSignal): Promise<void> {
    while (this.#options.store !== undefined && !signal.aborted) {
      await pause(this.#options.every, signal).catch(() => {});
      if (!signal.aborted) await this.look();
    }
  }

  /**
   * Serves this version from the next batch on, whatever comes, also an earlier one, and without a trial.
   *
   * @throws ModelVersionError (`ST_SERVING_MODEL_VERSION`), and the reason (CheckpointRefusedError) for which it cannot be
   *   used: what was served goes on
   */
  async pin(version: string): Promise<void> {
    await this.#turns.take(async () => {
      const { store } = this.#options;
      const known = (await store?.list()) ?? [];
      if (store === undefined || !known.includes(version))
        throw new ModelVersionError({ version, store: store?.place ?? 'this server', known });
      this.#dropCandidate();
      if (this.#latest?.version !== version || !(await this.#next!.isStill(this.#latest, known)))
        await this.#load(store, version, 'ready');
      this.#pinned = version;
    });
  }

  /** Serves the newest version again, now and whenever one comes. */
  async follow(): Promise<void> {
    await this.#turns.take(() => Promise.resolve((this.#pinned = undefined)));
    await this.look();
  }

  /** Frees all, once what is being loaded is there. */
  async dispose(): Promise<void> {
    await this.#turns.allTaken();
    for (const predictor of [...this.#options.predictors, ...this.#adopted]) predictor.dispose();
  }

  async #look(): Promise<void> {
    const { store, trial } = this.#options;
    if (store === undefined || this.#pinned !== undefined || this.#candidate !== undefined) return;
    // A trial takes the predictor that is free, and there is none until the next batch.
    if (trial !== undefined && this.#ready !== undefined) return;
    const served = this.#latest;
    for await (const id of this.#next!.candidates(served))
      try {
        return await this.#load(store, id, trial && served ? 'trial' : 'ready');
      } catch (error) {
        const reason = await this.#next!.failed(id, error);
        if (reason !== undefined) this.#refuse(id, reason);
      }
  }

  /** What serves, or will from the next batch on. */
  get #latest(): Served | undefined {
    return this.#ready?.served ?? this.#active;
  }

  #refuse(id: string, reason: string, lost?: Served): void {
    if (!this.#next!.refused.add(id, reason, lost)) return;
    const goesOn = this.#active === undefined ? 'None is served yet.' : `${this.#active.version} goes on.`;
    this.#options.onRemark(`Version ${id} of the model is not served: ${reason} ${goesOn}`);
  }

  /** Loads a version into a predictor that is free. */
  async #load(store: CheckpointStore, id: string, as: 'ready' | 'trial'): Promise<void> {
    const since = performance.now();
    const stamp = await store.stamp?.(id);
    const checkpoint = await store.load(id);
    const predictor =
      as === 'trial' ? await this.#restored(checkpoint) : await this.#inPlaceOfReady(store, checkpoint);
    const served: Served = { predictor, version: id, created: checkpoint.created, stamp };
    const loaded = { served, loadedInMs: performance.now() - since };
    this.#keep(predictor);
    this.#next!.refused.used(id);
    if (as === 'ready') {
      const replaced = this.#ready?.served.predictor;
      this.#ready = loaded;
      // It has never been at work, and rows that would have it freed may not come.
      if (replaced !== undefined && this.#adopted.delete(replaced)) replaced.dispose();
    } else {
      this.#candidate = loaded;
      this.#options.trial?.begin(served);
    }
    this.#found();
  }

  /** Restored. What was to take over gives way in a predictor that was given; where the new one is refused, it is loaded again. */
  async #inPlaceOfReady(store: CheckpointStore, checkpoint: Checkpoint): Promise<Predictor> {
    const before = this.#ready;
    if (before === undefined || this.#adopted.has(before.served.predictor)) return this.#restored(checkpoint);
    this.#ready = undefined;
    try {
      return await this.#restored(checkpoint);
    } catch (error) {
      const { version } = before.served;
      if (typeof version === 'string') {
        const predictor = await this.#restored(await store.load(version));
        this.#keep(predictor);
        this.#ready = { ...before, served: { ...before.served, predictor } };
      }
      throw error;
    }
  }

  /** Restored and warm. The one at work is left alone. */
  async #restored(checkpoint: Checkpoint): Promise<Predictor> {
    const busy = this.#atWork;
    let refusal: CheckpointRefusedError | undefined;
    for (const predictor of this.#options.predictors) {
      if (busy.has(predictor)) continue;
      try {
        predictor.restore(checkpoint);
        predictor.warm();
        return predictor;
      } catch (error) {
        if (!(error instanceof CheckpointRefusedError)) throw error;
        refusal ??= error;
      }
    }
    const adopted =
      refusal instanceof CheckpointForeignError ? await this.#options.adopt(checkpoint) : undefined;
    if (adopted === undefined) throw refusal!;
    return adopted;
  }

  get #atWork(): ReadonlySet<Predictor | undefined> {
    return new Set([this.#active, this.#ready?.served, this.#candidate?.served].map((one) => one?.predictor));
  }

  #keep(predictor: Predictor): void {
    if (!this.#options.predictors.some((one) => one === predictor)) this.#adopted.add(predictor);
  }

  /** Between two batches alone: nothing is being predicted then. */
  #freeAdopted(): void {
    const atWork = this.#atWork;
    for (const predictor of this.#adopted)
      if (!atWork.has(predictor)) {
        this.#adopted.delete(predictor);
        predictor.dispose();
      }
  }

  #settleTrial(): void {
    const verdict = this.#candidate && this.#options.trial?.verdict();
    if (this.#candidate === undefined || verdict === undefined) return;
    const candidate = this.#candidate;
    this.#dropCandidate();
    if (verdict.isTaken) this.#ready = candidate;
    else this.#refuse(candidate.served.version!, verdict.reason, candidate.served);
  }

  #dropCandidate(): void {
    if (this.#candidate !== undefined) this.#options.trial?.end();
    this.#candidate = undefined;
  }
}
