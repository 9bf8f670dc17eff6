/** The prefetch step: prepares items ahead while the consumer is busy with the last ones. */
import type { Puller } from './pull.ts';
import { disposeLeftOut } from './tensors.ts';

/** Keeps up to `count` items ready, pulling them in the background from the first pull on. */
export function prefetched<T>(above: Puller<T>, count: number): Puller<T> {
  const ready: T[] = [];
  let ended = false;
  let failed: { error: unknown } | undefined;
  let filling: Promise<void> | undefined;
  let tellWaiting = () => {};

  async function fill(): Promise<void> {
    try {
      while (!ended && ready.length < count) {
        const items = await above.pull(1);
        if (items) for (const item of items) ready.push(item);
        else ended = true;
        tellWaiting();
      }
    } catch (error) {
      failed = { error };
      ended = true;
      tellWaiting();
    }
    filling = undefined;
  }

  async function wait(max: number): Promise<readonly T[] | undefined> {
    while (ready.length === 0 && !ended) {
      const told = new Promise<void>((resolve) => (tellWaiting = resolve));
      filling ??= fill();
      await told;
    }
    return give(max);
  }

  function give(max: number): readonly T[] | undefined {
    if (ready.length > 0) {
      const items = ready.splice(0, max);
      if (!ended) filling ??= fill();
      return items;
    }
    if (failed) throw failed.error;
    return undefined;
  }

  return {
    pull: (max) => (ready.length > 0 || ended ? give(max) : wait(max)),
    close: async () => {
      ended = true;
      await above.close();
      await filling;
      for (const item of ready.splice(0)) disposeLeftOut(item, undefined);
      tellWaiting();
    },
  };
}
