/** The types that the kernel's parts share: server (Jupyter's side), language (types), runner (where cells run). */

/** One fault that the type checker or parser found in a cell. Lines and columns count from 1. */
export interface CellDiagnostic {
  readonly severity: 'error' | 'warning' | 'suggestion';
  /** TypeScript's number, such as 2322. */
  readonly code: number;
  readonly message: string;
  /** `In [5]`, or the path of a local module the cell imports. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The source lines around the place, with a marker under it. */
  readonly excerpt: string;
}

/** A cell turned into JavaScript that a plain `vm.Script` can run in the global context. */
export interface CompiledCell {
  /** Number shown in `In [n]`. */
  readonly number: number;
  /** File name of the script in stack traces: `In [5]`. */
  readonly fileName: string;
  /** JavaScript whose completion value is a promise of `{ value }` of the last expression, or of `undefined`. */
  readonly code: string;
  /** Source map (version 3 JSON) from `code` to what the user typed. */
  readonly sourceMap: string;
  /** Shown even though the cell runs: warnings in "warn" mode. */
  readonly diagnostics: readonly CellDiagnostic[];
}

/** What cells are written in: TypeScript, or plain JavaScript, which is not checked. */
export type Dialect = 'typescript' | 'javascript';

/** How strictly cells are checked: an error stops the cell, is only shown, or is not looked for. */
export type Checking = 'error' | 'warn' | 'off';

/** The outcome of compiling a cell. */
export type Compiled =
  | { readonly ok: true; readonly cell: CompiledCell }
  | { readonly ok: false; readonly diagnostics: readonly CellDiagnostic[] };

/** A completion, as Jupyter's `complete_reply` wants it; offsets count UTF-16 units of the cell. */
export interface CompletionList {
  readonly from: number;
  readonly to: number;
  readonly entries: readonly { readonly text: string; readonly kind: string; readonly detail?: string }[];
}

/** Live facts of the running process that types alone do not give: names of an object's properties, a value's text. */
export interface LiveValues {
  /** Own and inherited property names of the value of a plain path such as `frame.columns`, or none. */
  propertiesOf(path: string): Promise<readonly string[]>;
  /** A short text of the value of a plain path, or none. Getters and methods of the user are not run. */
  preview(path: string): Promise<string | undefined>;
}

/** The language side: knows every cell that ran, their types and bindings. Lives in a thread of the server. */
export interface CellLanguage {
  /** Checks and compiles; does not change what later cells see. */
  compile(source: string, number: number): Compiled;
  /** The cell began to run: from now on its declarations are known to later cells (also if it fails half-way). */
  accept(cell: CompiledCell): void;
  complete(source: string, cursor: number, live?: LiveValues): Promise<CompletionList>;
  /** Text (plain and markdown) for the thing at the cursor. `detail` 1 adds documentation and source place. */
  inspect(
    source: string,
    cursor: number,
    detail: 0 | 1,
    live?: LiveValues,
  ): Promise<{ plain: string; markdown: string } | undefined>;
  isComplete(
    source: string,
  ): { status: 'complete' | 'invalid' | 'unknown' } | { status: 'incomplete'; indent: string };
  /** JavaScript for the debugger to evaluate in a frame that has these variables. Throws what cannot be parsed. */
  expression(source: string, locals: readonly string[]): string;
  checking: Checking;
  dispose(): void;
}

/** A rich output on its way to the notebook. */
export interface DisplayBundle {
  /** MIME type -> text, base64 for binary types, or a JSON value for JSON types. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Jupyter's `display_id`. */
  readonly id?: string;
  /** Replace the earlier output of this id instead of adding one. */
  readonly update?: boolean;
}

/**
 * Makes the language side: once a runner, in a worker thread of the server, so that a long check never delays a
 * heartbeat. Cell numbers may repeat: silent and unnumbered runs use the next number without taking it.
 */
export type CreateCellLanguage = (options: {
  /** The folder the cells run in: relative imports and the nearest `tsconfig.json` start here. */
  readonly cwd: string;
  /** Declarations of the names every cell has. */
  readonly globals: string;
  /** What cells are written in. Default `typescript`. */
  readonly dialect?: Dialect;
}) => CellLanguage;

/**
 * Gives the runner its module loading, once, in its main thread, before the first cell: `import()` and `require` of
 * scripts of `vm.Script` named `In [n]` resolve from `cwd`, and `tslab` gives `tslab`.
 */
export type InstallModuleHooks = (options: {
  readonly cwd: string;
  /** The module given for `import ... from 'tslab'`. */
  readonly tslab: object;
  /** Called with how a compiled local file maps to its source, for stack traces. */
  readonly addSourceMap: (fileName: string, sourceMap: string) => void;
  /** What stands behind the code of a file that is loaded while code runs: its map, while somebody debugs. */
  readonly mapComment: (sourceMap: string) => string;
}) => {
  /** Extra options of `new vm.Script` for a cell: `importModuleDynamically` and the like. */
  readonly scriptOptions?: (fileName: string) => object;
};
