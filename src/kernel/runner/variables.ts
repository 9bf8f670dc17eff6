/** The variables that cells declare: lexical ones of the global scope, each made when it gets its first value. */
import vm from 'node:vm';
import { hooks, installHook } from '../cell-names.ts';
import { Proxy, Set } from '../primordials.ts';

/**
 * Lets compiled cells declare variables. A variable that its cell has not reached, since it failed or was interrupted, is
 * not there: who reads it gets a ReferenceError, no `undefined`.
 *
 * @example
 * ```ts
 * installVariables();
 * new vm.Script(cell.code).runInThisContext();
 * ```
 */
export function installVariables(): void {
  const declared = new Set<string>();
  const declare = (name: string): void => {
    if (declared.has(name)) return;
    try {
      new vm.Script(`let ${name};`).runInThisContext();
    } catch {
      // An interrupt came between this line and the next one: the variable is there.
    }
    declared.add(name);
  };
  installHook(hooks.declare, new Proxy({}, { get: (_, name) => declare(name as string) }));
}
