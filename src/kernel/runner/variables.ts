/** The variables that cells declare: lexical ones of the global scope, each made when it gets its first value. */
import vm from 'node:vm';
import { hidden, hooks, installHook, variableOf, withoutMarks } from '../cell-names.ts';
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
    // An import that followed its module had the name before: code of earlier cells finds the variable by its holder.
    const holder = variableOf(name);
    if (declared.has(holder))
      new vm.Script(`${holder} = { get ${withoutMarks(name)}() { return ${name}; } };`).runInThisContext();
  };
  new vm.Script(`const ${hidden.constant} = undefined;`).runInThisContext();
  installHook(hooks.declare, new Proxy({}, { get: (_, name) => declare(name as string) }));
}
