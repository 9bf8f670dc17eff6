/** What `console` does in a notebook: clearing clears the cell's outputs, and groups end with the cell that opened them. */
import type { RunnerBridge } from '../contracts.ts';

/**
 * Fits `console` to cells.
 *
 * @returns closes the groups that are open, for the next cell to call
 */
export function installConsole(bridge: Pick<RunnerBridge, 'clearOutput'>): () => void {
  const { console } = globalThis;
  const { group, groupCollapsed, groupEnd } = console;
  let open = 0;
  console.clear = () => bridge.clearOutput(false);
  console.group = (...label: unknown[]) => {
    open += 1;
    group(...label);
  };
  console.groupCollapsed = (...label: unknown[]) => {
    open += 1;
    groupCollapsed(...label);
  };
  return () => {
    for (; open > 0; open -= 1) groupEnd();
  };
}
