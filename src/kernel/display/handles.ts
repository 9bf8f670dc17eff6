/** Which objects are handles of outputs that were shown already. */
import { WeakSet } from '../primordials.ts';

const handles = new WeakSet<object>();

/** Notes a handle, so that a cell that ends in `display(value)` does not show the handle below the value. */
export function asHandle<Handle extends object>(handle: Handle): Handle {
  handles.add(handle);
  return handle;
}

/** Whether `value` is a handle that `display` gave. */
export function isHandle(value: unknown): boolean {
  return typeof value === 'object' && value !== null && handles.has(value);
}
