/** Outputs that are kept for somebody, such as a widget, in place of going under the cell. */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { OutputSink } from '../display/bridge.ts';

const storage = new AsyncLocalStorage<OutputSink>();

/** Who takes what the calling code prints and shows, if not its cell. */
export const sinkOfCaller = (): OutputSink | undefined => storage.getStore();

/**
 * Calls `work`; what it prints and shows, later on too, goes to `sink`. In a context of its own, because work that is cut
 * off by an interrupt never puts back the one before.
 */
export function captured<T>(sink: OutputSink, work: () => T): T {
  return new AsyncResource('CAPTURE').runInAsyncScope(() => storage.run(sink, work));
}
