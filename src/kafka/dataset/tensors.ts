/** Finding and freeing the tensors inside a plain item, without loading TensorFlow. */
import type { Tensor } from '../../tensor-types.ts';

/** Whether `value` is a tensor, seen by its members so that TensorFlow need not be loaded to ask. */
export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as { dataId?: unknown; dispose?: unknown; shape?: unknown };
  return (
    candidate.dataId !== undefined &&
    typeof candidate.dispose === 'function' &&
    Array.isArray(candidate.shape)
  );
}

/** Whether `item` is a tensor or a plain object or array with one in it. */
export function holdsTensor(item: unknown): boolean {
  return tensorsIn(item).length > 0;
}

/** The tensors in a tensor, or in a nest of plain objects and arrays. */
function tensorsIn(item: unknown): Tensor[] {
  if (typeof item !== 'object' || item === null || ArrayBuffer.isView(item)) return [];
  if (isTensor(item)) return [item];
  if (Array.isArray(item)) {
    // Long arrays of numbers are the common case: the first element decides.
    return item.length > 0 && typeof item[0] === 'object' ? item.flatMap(tensorsIn) : [];
  }
  const prototype: unknown = Object.getPrototypeOf(item);
  if (prototype !== Object.prototype && prototype !== null) return [];
  return Object.values(item).flatMap(tensorsIn);
}

/** Disposes the tensors of `item` that `result` does not carry on. */
export function disposeLeftOut(item: unknown, result: unknown): void {
  const kept = new Set(tensorsIn(result));
  for (const tensor of tensorsIn(item)) if (!kept.has(tensor) && !tensor.isDisposed) tensor.dispose();
}
