/** Tells whether a cell is ready to run or goes on on the next line, for consoles. */
import { isJsx } from './jsx.ts';
import { ts, type Diagnostic, type SourceFile } from './typescript.ts';

/** Jupyter's `is_complete_reply`. */
export type Completeness =
  | { readonly status: 'complete' | 'invalid' | 'unknown' }
  | { readonly status: 'incomplete'; readonly indent: string };

/** Template, comment: what has no end yet although the error stands at its beginning. */
const unended: ReadonlySet<number> = new Set([1160, 1010]);

/** Where the first syntax error stands at the very end of the text, more of it would help. */
export function completenessOf(source: string): Completeness {
  const jsx = isJsx(source);
  const kind = jsx ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const file = ts.createSourceFile(
    jsx ? '/cell.tsx' : '/cell.ts',
    source,
    ts.ScriptTarget.ESNext,
    false,
    kind,
  );
  const [first] = (file as SourceFile & { parseDiagnostics: readonly Diagnostic[] }).parseDiagnostics;
  if (!first) return { status: 'complete' };
  const end = file.endOfFileToken.getStart(file);
  if (first.code === 1002) return { status: 'invalid' }; // A string ends on its line.
  if ((first.start ?? 0) < end && !unended.has(first.code)) return { status: 'invalid' };
  return {
    status: 'incomplete',
    indent: unended.has(first.code) ? '' : '  '.repeat(depthOf(source, file, end)),
  };
}

/** How many brackets are open at the end. */
function depthOf(source: string, file: SourceFile, end: number): number {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, file.languageVariant, source.slice(0, end));
  let depth = 0;
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (opening.has(token)) depth += 1;
    else if (closing.has(token)) depth = Math.max(0, depth - 1);
  }
  return depth;
}

const { OpenBraceToken, OpenBracketToken, OpenParenToken } = ts.SyntaxKind;
const { CloseBraceToken, CloseBracketToken, CloseParenToken } = ts.SyntaxKind;
const opening: ReadonlySet<number> = new Set([OpenBraceToken, OpenBracketToken, OpenParenToken]);
const closing: ReadonlySet<number> = new Set([CloseBraceToken, CloseBracketToken, CloseParenToken]);
