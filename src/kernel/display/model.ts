/** tfjs' layered models, recognised by their shape, as their summary table. */
import { Array, String } from '../primordials.ts';
import type { DisplayBundle } from '../contracts.ts';
import type { DisplayLimits } from './limits.ts';
import { clipText, own, read } from './safe.ts';

/** The display of a tf.LayersModel: the table its `summary` prints; `undefined` when the value is none. */
export function modelBundle(value: unknown, limits: DisplayLimits): DisplayBundle | undefined {
  const isModel = Array.isArray(own(value, 'layers')) && typeof own(value, '_built') === 'boolean';
  if (!isModel || typeof read(value, 'summary') !== 'function') return undefined;
  const lines: string[] = [];
  const model = value as {
    summary(width?: number, columns?: number[], print?: (line: string) => void): void;
  };
  model.summary(undefined, undefined, (line) => void lines.push(String(line)));
  return { data: { 'text/plain': clipText(lines.join('\n'), limits.text) } };
}
