/** Compiles a cell to JavaScript that runs as a plain script, with its source map. */
import { hooks, variableOf } from '../cell-names.ts';
import { ts, type CompilerOptions } from './typescript.ts';
import type { Emitter, Output } from './emitter.ts';
import { hoistCell, type HoistOptions } from './hoist.ts';
import { hidden, prepareCell } from './prepare.ts';
import { renameBindings } from './rename.ts';

/** What to compile. */
export interface EmitRequest extends HoistOptions {
  readonly source: string;
  readonly number: number;
  /** `In [5]`. */
  readonly fileName: string;
  /** Names that no earlier script of this session declared. */
  readonly fresh: readonly string[];
  /** JSX calls what the cell says by `@jsx`. */
  readonly classic: boolean;
  /** Whether a name is one that this cell or an earlier one declared. */
  readonly isBound: (name: string) => boolean;
}

/**
 * `let fresh; (function () { return (async () => { the cell })() })()`: the bindings are lexical variables of the global
 * scope, seen by every cell's functions and as fast as any variable, under names that no other code has.
 */
export function emitCell(request: EmitRequest, emitter: Emitter): Output {
  const { source, number, fileName, fresh, isBound, classic } = request;
  const passes = { before: [prepareCell()], after: [hoistCell(request), renameBindings(isBound)] };
  const made = emitter.emit(source, passes, { classic });
  const body = made.code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '');
  const lets = fresh.length > 0 ? `let ${fresh.map(variableOf).join(', ')};` : '';
  const cell = body.includes(hidden.cell) ? `const ${hidden.cell} = ${hooks.cells}.cell(${number});` : '';
  const map = JSON.parse(made.sourceMap) as { mappings?: string };
  return {
    code: `${lets}(function () { 'use strict'; ${cell}\n${body}\n}).call(undefined);\n`,
    sourceMap: JSON.stringify({
      version: 3,
      file: fileName,
      sources: [fileName],
      sourcesContent: [source],
      names: [],
      mappings: `;${map.mappings ?? ''}`,
    }),
  };
}

/** How cells are compiled where these are the compiler options. */
export function emitOptions(options: CompilerOptions): CompilerOptions {
  const { jsx, jsxFactory, jsxFragmentFactory, jsxImportSource } = options;
  const { experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields } = options;
  return {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    verbatimModuleSyntax: true,
    preserveConstEnums: true,
    sourceMap: true,
    inlineSources: false,
    removeComments: true,
    jsx: jsx === ts.JsxEmit.Preserve || jsx === ts.JsxEmit.ReactNative ? ts.JsxEmit.React : jsx,
    jsxFactory,
    jsxFragmentFactory,
    jsxImportSource,
    experimentalDecorators,
    emitDecoratorMetadata,
    useDefineForClassFields,
  };
}
