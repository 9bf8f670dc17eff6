/** Compiles what the user of the debugger asks for at the place where a cell stands: an expression, or statements. */
import { SyntaxError } from '../primordials.ts';
import { renameBindings, type Bindings } from './rename.ts';
import { compiler } from './typescript.ts';

const ts = compiler();

/**
 * JavaScript to be evaluated in a frame. Types are left out, not checked.
 *
 * @param bindings the names of cells' top levels that are not hidden by a variable of the frame
 * @throws SyntaxError when it cannot be parsed
 */
export function compileExpression(source: string, bindings: Bindings): string {
  const compiled = (text: string) =>
    ts.transpileModule(text, {
      fileName: '/expression.ts',
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      transformers: { after: [renameBindings(bindings)] },
    });
  // `{ a: 1 }` is meant as an object.
  const asValue = compiled(`(${source}\n)`);
  const { outputText, diagnostics } = asValue.diagnostics?.length ? compiled(source) : asValue;
  const [fault] = diagnostics ?? [];
  if (fault) throw new SyntaxError(ts.flattenDiagnosticMessageText(fault.messageText, '\n'));
  // TypeScript 6 begins every script so; what is evaluated is to be the expression alone.
  return outputText.replace(/^"use strict";\s*/, '');
}
