/** Compiles one file of the user's to JavaScript, with its imports pointing at the versions that are current. */
import path from 'node:path';
import { hooks } from '../cell-names.ts';
import { excerptOf, placeOf } from '../language/diagnostics.ts';
import { membersOf } from '../language/enums.ts';
import { isClassicJsx, javaScriptOptions, jsxEmit } from '../language/settings.ts';
import {
  compiler,
  type CompilerOptions,
  type Expression,
  type Node,
  type SourceFile,
  type TransformerFactory,
} from '../language/typescript.ts';
import { JSON, Set, SyntaxError } from '../primordials.ts';
import type { FileFacts } from './facts.ts';

/** JavaScript and its source map (version 3 JSON). */
interface Transpiled {
  readonly code: string;
  readonly sourceMap: string;
}

/**
 * Compiles to ESM or CommonJS.
 *
 * @param target gives what stands in place of a specifier, or undefined to leave it
 * @throws SyntaxError when the file cannot be parsed, or a member of an enum has no value without the other files, with its place
 */
export function transpile(
  facts: FileFacts,
  format: 'module' | 'commonjs',
  project: CompilerOptions,
  target: (specifier: string) => string | undefined,
): Transpiled {
  const ts = compiler();
  const { file, text } = facts;
  const rewrite = rewriteSpecifiers(target, file, format);
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(text, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      ...javaScriptOptions(project),
      jsx: jsxEmit(project, isClassicJsx(text, project)),
      target: ts.ScriptTarget.ES2022,
      module: format === 'module' ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS,
      moduleDetection: format === 'module' ? ts.ModuleDetectionKind.Force : ts.ModuleDetectionKind.Auto,
      esModuleInterop: true,
      sourceMap: true,
      allowJs: true,
      verbatimModuleSyntax: format === 'module' && /\.[cm]?jsx?$/.test(file),
      preserveConstEnums: true,
    },
    transformers: { before: [rewrite] },
  });
  const fault = diagnostics?.find(({ category }) => category === ts.DiagnosticCategory.Error);
  if (fault)
    throw syntaxError(facts, fault.start ?? 0, ts.flattenDiagnosticMessageText(fault.messageText, '\n'));
  const member = unknownMember(text, outputText);
  if (member)
    throw syntaxError(
      facts,
      member.start,
      `"${member.name}" counts on from a value of another file, where files are compiled one by one. Give it a value of its own.`,
    );
  const map = JSON.parse(sourceMapText ?? '{}') as object;
  return {
    code: outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'),
    sourceMap: JSON.stringify({ ...map, sources: [file], sourcesContent: [text] }),
  };
}

/** A member of an enum that a file compiled alone leaves `undefined`: the value before it is one of another file. */
function unknownMember(
  text: string,
  code: string,
): { readonly name: string; readonly start: number } | undefined {
  const names = new Set<string>();
  for (const [, owner = '', name] of code.matchAll(
    /\[([\p{ID_Continue}$]+)\["((?:[^"\\]|\\.)+)"\] = void 0\] = "/gu,
  ))
    // An enum with a member of its own name is E_1 within.
    for (const each of [owner, owner.replace(/_\d+$/, '')])
      names.add(`${each}.${JSON.parse(`"${name}"`) as string}`);
  if (names.size === 0) return undefined;
  const ts = compiler();
  const file = ts.createSourceFile('/file.ts', text, ts.ScriptTarget.ESNext, true);
  for (const { name, initializer, parent } of membersOf(file))
    if (!initializer && 'text' in name && names.has(`${parent.name.text}.${name.text}`))
      return { name: name.text, start: name.getStart(file) };
  return undefined;
}

function syntaxError({ file, text }: FileFacts, start: number, message: string): SyntaxError {
  const { line, column } = placeOf(text, start);
  const place = `${path.basename(file)}:${line}:${column}`;
  const error = new SyntaxError(`${message} (${place})\n${excerptOf(text, start, 1)}`);
  error.stack = `SyntaxError: ${error.message}\n    at ${file}:${line}:${column}`;
  return error;
}

function rewriteSpecifiers(
  target: (specifier: string) => string | undefined,
  file: string,
  format: 'module' | 'commonjs',
): TransformerFactory<SourceFile> {
  const ts = compiler();
  return (context) => {
    const { factory } = context;
    const rewritten = (node: Expression | undefined): Expression | undefined => {
      const found = node && ts.isStringLiteralLike(node) ? target(node.text) : undefined;
      return found === undefined ? undefined : factory.createStringLiteral(found);
    };
    const local = () =>
      factory.createPropertyAccessExpression(factory.createIdentifier(hooks.cells), 'local');
    const visit = (node: Node): Node => {
      if (ts.isImportDeclaration(node)) {
        const to = rewritten(node.moduleSpecifier);
        return to
          ? factory.updateImportDeclaration(node, node.modifiers, node.importClause, to, undefined)
          : node;
      }
      if (ts.isExportDeclaration(node)) {
        const to = rewritten(node.moduleSpecifier);
        if (!to) return node;
        const { modifiers, isTypeOnly, exportClause } = node;
        return factory.updateExportDeclaration(node, modifiers, isTypeOnly, exportClause, to, undefined);
      }
      if (ts.isExternalModuleReference(node)) {
        const to = rewritten(node.expression);
        return to ? factory.updateExternalModuleReference(node, to) : node;
      }
      const visited = ts.visitEachChild(node, visit, context);
      if (!ts.isCallExpression(visited)) return visited;
      if (visited.expression.kind === ts.SyntaxKind.ImportKeyword) {
        // What an `import()` means is decided when it runs: by then the file may have been edited.
        const [specifier, ...options] = visited.arguments;
        if (!specifier) return visited;
        const load = factory.createPropertyAccessExpression(local(), 'import');
        const from = factory.createStringLiteral(file);
        return factory.createCallExpression(load, undefined, [specifier, from, ...options]);
      }
      const isRequire = ts.isIdentifier(visited.expression) && visited.expression.text === 'require';
      const to = isRequire && format === 'commonjs' ? rewritten(visited.arguments[0]) : undefined;
      return to ? factory.updateCallExpression(visited, visited.expression, undefined, [to]) : visited;
    };
    return (source) => ts.visitEachChild(source, visit, context);
  };
}
