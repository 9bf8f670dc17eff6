/** The memory a compiled step is fed from: TensorFlow reads arrays there in place, and masks are drawn there. */
import { maskCode, type MaskCode } from './mask-code.ts';

/** One memory, and the code that draws masks in it. */
export interface Workspace {
  readonly code: MaskCode;
  readonly buffer: ArrayBuffer;
}

/** TensorFlow reads arrays in place that begin at such an address. */
export const aligned = (address: number): number => Math.ceil(address / 64) * 64;

const PAGE = 65_536;
/** A workspace of so many bytes stays, however few are wanted. */
const KEPT = 2 ** 25;
let current: Workspace | undefined;

/**
 * A workspace of at least so many bytes, which whoever asked last may overwrite: one for all models, since a step is over within
 * its call.
 */
export function workspace(bytes: number): Workspace {
  const has = current?.buffer.byteLength ?? 0;
  if (current && has >= bytes && (has <= KEPT || has <= 4 * bytes)) return current;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  current = { code: maskCode(memory), buffer: memory.buffer };
  return current;
}
