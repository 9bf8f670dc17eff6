/** A model that is asked over HTTP: its newest checkpoint, and earlier ones by their number. */
import { messageOf } from '../errors.ts';
import { Turns } from '../process/index.ts';
import { rowPredictor, type ExportSource } from '../export/index.ts';
import { CheckpointRefusedError, type CheckpointStore } from '../training/index.ts';
import { HttpRefusedError } from './errors.ts';
import { NextVersion } from './next-version.ts';
import type { LoadedCheckpoint } from './refusals.ts';
import { RequestBatcher } from './request-batcher.ts';
import { madeOf } from './trained-predictor.ts';

/** A version that can be asked. */
interface Version extends LoadedCheckpoint {
  readonly version: string;
  readonly batcher: RequestBatcher;
}

/** Earlier versions that are kept ready; of more the one that was loaded first is let go. */
const EARLIER_KEPT = 3;

/** The number of a checkpoint, as TensorFlow Serving counts versions: `checkpoint-000000000042` is 42. */
const numberOf = (id: string): string => /^checkpoint-0*(\d+)$/.exec(id)?.[1] ?? id;

/** The versions of one model. */
export class AskedModel implements Disposable {
  readonly #name: string;
  readonly #store: CheckpointStore | undefined;
  readonly #onRemark: (text: string) => void;
  readonly #next: NextVersion | undefined;
  #lastTrouble = '';
  #newest: Version | undefined;
  readonly #earlier = new Map<string, Version>();
  readonly #turns = new Turns();

  /** @param given a store whose newest checkpoint is served, or a model that stays as it is: version 1 */
  constructor(name: string, given: CheckpointStore | ExportSource, onRemark: (text: string) => void) {
    this.#name = name;
    this.#onRemark = onRemark;
    if ('list' in given && 'lock' in given) {
      this.#store = given;
      this.#next = new NextVersion(given, (served, newest) =>
        onRemark(
          `Model ${name}: The store holds nothing as new as version ${served}, which answers and goes on; the newest is ${newest}.`,
        ),
      );
    } else {
      const batcher = new RequestBatcher(rowPredictor(given));
      this.#newest = { version: '1', created: new Date(), batcher };
    }
  }

  /** The newest version: its checkpoint's id. */
  get version(): string | undefined {
    return this.#newest?.version;
  }

  /** Takes the newest checkpoint that can be used. Never fails: what was served goes on. */
  look(): Promise<void> {
    return this.#turns.take(async () => {
      try {
        await this.#look();
        this.#lastTrouble = '';
      } catch (error) {
        const text = `Model ${this.#name}: ${messageOf(error)} What is served goes on.`;
        if (text !== this.#lastTrouble) this.#onRemark(text);
        this.#lastTrouble = text;
      }
    });
  }

  async #look(): Promise<void> {
    const [store, next, before] = [this.#store, this.#next, this.#newest];
    if (store === undefined || next === undefined) return;
    const ids = this.#earlier.size > 0 ? await store.list() : [];
    for (const version of this.#earlier.values())
      if (!(await next.isStill(version, ids))) this.#letGo(version);
    for await (const id of next.candidates(before))
      try {
        // Somebody may have asked for it by its number before.
        const version = this.#earlier.get(id) ?? (await loaded(store, id));
        this.#earlier.delete(id);
        if (before && next.isGone(before)) this.#letGo(before);
        else if (before) this.#keep(before);
        this.#newest = version;
        next.refused.used(id);
        return;
      } catch (error) {
        const reason = await next.failed(id, error);
        if (reason !== undefined && next.refused.add(id, reason))
          this.#onRemark(`Model ${this.#name}: ${reason}`);
      }
  }

  /**
   * The version that was asked for; without one the newest.
   *
   * @throws HttpRefusedError with 404 (there is no such version) or 503 (there is none yet)
   */
  async at(wanted: string | undefined): Promise<Version> {
    if (wanted === undefined) {
      if (this.#newest) return this.#newest;
      throw new HttpRefusedError({ status: 503, problem: `Model "${this.#name}" has no checkpoint yet.` });
    }
    const there = this.#found(wanted);
    if (there) return there;
    // Two requests for the same one load it once.
    return this.#turns.take(async () => this.#found(wanted) ?? this.#load(wanted));
  }

  async #load(wanted: string): Promise<Version> {
    const ids = (await this.#store?.list()) ?? ['1'];
    const id = ids.find((one) => one === wanted || numberOf(one) === wanted);
    if (id === undefined || this.#store === undefined)
      throw new HttpRefusedError({
        status: 404,
        problem: `Model "${this.#name}" has no version ${wanted}; it has ${ids.map(numberOf).join(', ') || 'none yet'}.`,
      });
    try {
      const version = await loaded(this.#store, id);
      this.#keep(version);
      return version;
    } catch (error) {
      if (!(error instanceof CheckpointRefusedError)) throw error;
      throw new HttpRefusedError({ status: 404, problem: error.message, cause: error });
    }
  }

  /** The answer to `GET /v1/models/NAME`, as TensorFlow Serving gives it. */
  async status(wanted: string | undefined): Promise<object> {
    const { version: id } = await this.at(wanted);
    const status = { error_code: 'OK', error_message: '' };
    return { model_version_status: [{ version: numberOf(id), state: 'AVAILABLE', status }] };
  }

  [Symbol.dispose](): void {
    for (const { batcher } of this.#earlier.values()) batcher[Symbol.dispose]();
    this.#newest?.batcher[Symbol.dispose]();
    this.#earlier.clear();
  }

  #found(wanted: string): Version | undefined {
    const isIt = ({ version }: Version): boolean => version === wanted || numberOf(version) === wanted;
    return [...(this.#newest ? [this.#newest] : []), ...this.#earlier.values()].find(isIt);
  }

  #keep(version: Version): void {
    this.#earlier.set(version.version, version);
    const [oldest] = this.#earlier.values();
    if (this.#earlier.size > EARLIER_KEPT && oldest) this.#letGo(oldest);
  }

  #letGo({ version, batcher }: Version): void {
    this.#earlier.delete(version);
    // Whoever was just given it asks it first.
    setImmediate(() => batcher[Symbol.dispose]());
  }
}

/**
 * Loaded, and past its first call, which takes longest.
 *
 * @throws CheckpointRefusedError, also where its model cannot be made of it
 */
async function loaded(store: CheckpointStore, id: string): Promise<Version> {
  const stamp = await store.stamp?.(id);
  const checkpoint = await store.load(id);
  const { created } = checkpoint;
  return { version: id, created, stamp, batcher: madeOf(checkpoint, () => ready(checkpoint)) };
}

function ready(source: ExportSource): RequestBatcher {
  const predictor = rowPredictor(source);
  try {
    predictor.predict(new Float64Array(predictor.features), 1);
  } catch {
    // Whether it can predict rows that there are shows then.
  }
  return new RequestBatcher(predictor);
}
