/** Which checkpoint of a store takes over from the one that serves: one rule, for rows of topics and for requests over HTTP. */
import { CheckpointRefusedError, type CheckpointStore } from '../training/index.ts';
import { Refusals, type LoadedCheckpoint } from './refusals.ts';

/** In a store without stamps an older version is loaded again only at every so many looks: another one may have come under its name. */
const LOOKS_AT_OLDER = 10;

/** Looks at a store. */
export class NextVersion {
  readonly #store: CheckpointStore;
  readonly #onOlder: (served: string, newest: string) => void;
  /** Versions that are passed over. */
  readonly refused = new Refusals();
  /** What served was in the store no longer: what comes under its name may be another version. */
  #gone: string | undefined;
  /** Was written before what serves, when it was loaded last. */
  #older: string | undefined;
  #looks = 0;
  #lastSaid = '';

  /** @param onOlder what serves is gone, the newest that is there was written before it, and so it goes on; called once */
  constructor(store: CheckpointStore, onOlder: (served: string, newest: string) => void) {
    this.#store = store;
    this.#onOlder = onOlder;
  }

  /**
   * One look: what may take over, newest first; nothing where what serves stays. The caller takes the first that can be used, or
   * notes each as {@link failed}.
   *
   * What serves stays until a newer one comes, also where it was removed. A training that starts over, and so writes lower numbers or
   * the same ones later, is followed.
   */
  async *candidates(served: LoadedCheckpoint | undefined): AsyncGenerator<string, void, void> {
    this.#looks++;
    const ids = await this.#store.list();
    this.refused.begin(ids);
    for (const [id, loaded] of this.refused.lost)
      if (!(await this.isStill(loaded, ids))) this.refused.forget(id);
    if (served) this.#gone = (await this.isStill(served, ids)) ? undefined : nameOf(served);
    const isGone = this.isGone(served);
    for (const id of ids) {
      if (id === served?.version && !isGone) return;
      if (this.refused.passesOver(id)) continue;
      if (isGone && id < served!.version! && !(await this.#startsOver(id, served!))) {
        const said = `${served!.version} ${id}`;
        if (said !== this.#lastSaid) this.#onOlder(served!.version!, id);
        this.#lastSaid = said;
        return;
      }
      yield id;
    }
  }

  /**
   * A candidate could not be loaded.
   *
   * @returns why it is refused; undefined where it was removed while it was being read, so that nothing is wrong with it
   * @throws the error itself, where it does not say that the checkpoint cannot be used
   */
  async failed(id: string, error: unknown): Promise<string | undefined> {
    if (!(error instanceof CheckpointRefusedError)) throw error;
    return (await this.#store.list()).includes(id) ? error.message : undefined;
  }

  /** Whether the store held it no longer at the last look, or another one under its name. */
  isGone(served: LoadedCheckpoint | undefined): boolean {
    return served !== undefined && this.#gone === nameOf(served);
  }

  /**
   * Whether the store holds this very checkpoint, and no other one under its name. It is loaded where its stamp is another, and
   * where it was gone at the last look.
   */
  async isStill(loaded: LoadedCheckpoint, ids: readonly string[]): Promise<boolean> {
    const { version, created } = loaded;
    if (version === null || !ids.includes(version)) return false;
    const stamp = await this.#store.stamp?.(version);
    if (stamp === loaded.stamp && !this.isGone(loaded)) return true;
    try {
      const found = await this.#store.load(version);
      if (found.created.getTime() !== created.getTime()) return false;
    } catch (error) {
      if (error instanceof CheckpointRefusedError) return false;
      throw error;
    }
    loaded.stamp = stamp;
    return true;
  }

  /** Whether a version of a lower number than the one that serves was written after it, by the clocks of their trainers. */
  async #startsOver(id: string, served: LoadedCheckpoint): Promise<boolean> {
    const stamp = (await this.#store.stamp?.(id)) ?? Math.floor(this.#looks / LOOKS_AT_OLDER);
    const name = `${id} ${stamp} ${nameOf(served)}`;
    if (name === this.#older) return false;
    let created: Date;
    try {
      ({ created } = await this.#store.load(id));
    } catch (error) {
      // Whoever takes it finds out why it cannot be used.
      if (error instanceof CheckpointRefusedError) return true;
      throw error;
    }
    const isNewer = created.getTime() > served.created.getTime();
    if (!isNewer) this.#older = name;
    return isNewer;
  }
}

/** What tells checkpoints of one name apart. */
export const nameOf = ({ version, created }: LoadedCheckpoint): string => `${version} ${created.getTime()}`;
