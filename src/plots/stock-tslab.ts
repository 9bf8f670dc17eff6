/** Sends a figure in all its forms through stock tslab, whose public `display.raw` takes one form a message. */
import { createRequire } from 'node:module';
import type { Json } from './figure.ts';

/** The message tslab 1.0.22 sends for `display`; its own `display.raw` fills `data` with a single form. */
interface DisplayMessage {
  data: Readonly<Record<string, Json>>;
  metadata: Record<string, never>;
  transient: Record<string, never>;
}

/** What two modules of tslab export; they are loaded in this process only when this process is its kernel. */
interface TslabPublic {
  readonly display?: unknown;
}
interface TslabJupyter {
  readonly lastWriteDisplayData?: ((message: DisplayMessage, update?: boolean) => void) | null;
}

/** Node's modules as loaded so far, by file. */
type ModuleCache = Readonly<Record<string, { readonly exports: unknown } | undefined>>;

/**
 * A function that shows a bundle under the running cell, if `display` is the very object stock tslab offers; else
 * `undefined`, and the caller has to do with one form.
 *
 * Stock tslab runs cells in its own process and keeps the sender of the running cell in its module `jupyter`
 * (tslab 1.0.22, dist/public.js, `DisplayImpl.raw`); this calls the same sender with more than one form.
 */
export function stockTslabBundle(
  display: unknown,
  cache: ModuleCache = createRequire(import.meta.url).cache,
): ((data: Readonly<Record<string, Json>>) => void) | undefined {
  const tslab = loaded(cache, 'public') as TslabPublic | undefined;
  const jupyter = loaded(cache, 'jupyter') as TslabJupyter | undefined;
  if (!tslab?.display || tslab.display !== display || !jupyter?.lastWriteDisplayData) return undefined;
  return (data) => jupyter.lastWriteDisplayData?.({ data, metadata: {}, transient: {} });
}

function loaded(cache: ModuleCache, name: string): unknown {
  const file = Object.keys(cache).find((path) =>
    path.replaceAll('\\', '/').endsWith(`/tslab/dist/${name}.js`),
  );
  return file === undefined ? undefined : cache[file]?.exports;
}
