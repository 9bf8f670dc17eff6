/** What the text of a cell says by itself: JSX or not, comments for the checker, finished or not, habits of other notebooks. */
import type { CellDiagnostic, Checking } from '../contracts.ts';
import { compiler, type CompilerOptions, type Diagnostic, type Node, type SourceFile } from './typescript.ts';
import { syntaxFaults } from './typescript-insides.ts';

const ts = compiler();

/** A parsed text. */
interface ParsedCell {
  readonly file: SourceFile;
  readonly isJsx: boolean;
}

/** Parses a text as JSX if it is: `<T>value` is none, and what can be read both ways is no JSX. */
export function parseCell(text: string): ParsedCell {
  const parsed = (name: string) => ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, false);
  const plain = parsed('/cell.ts');
  const faults = syntaxFaults(plain).length;
  if (faults > 0 && /<(?:[\p{ID_Start}$_]|\s*>)/u.test(text)) {
    const jsx = parsed('/cell.tsx');
    if (syntaxFaults(jsx).length < faults) return { file: jsx, isJsx: true };
  }
  return { file: plain, isJsx: false };
}

/**
 * What plain JavaScript does not have: types, enums and the like; and comparisons such as `f(a < b, c > (d))`, which the
 * compiler would take for type arguments and leave out.
 */
export function typescriptOnly(text: string): readonly Diagnostic[] {
  const compilerOptions = { allowJs: true, target: ts.ScriptTarget.ESNext, jsx: ts.JsxEmit.Preserve };
  const options = { fileName: 'cell.js', reportDiagnostics: true, compilerOptions };
  const found = (ts.transpileModule(text, options).diagnostics ?? []).filter(
    ({ file }) => file !== undefined,
  );
  const { file } = parseCell(text);
  const visit = (node: Node): void => {
    const [first] = (node as { typeArguments?: readonly Node[] }).typeArguments ?? [];
    const takesTypes =
      ts.isCallOrNewExpression(node) ||
      ts.isExpressionWithTypeArguments(node) ||
      ts.isTaggedTemplateExpression(node);
    if (first && takesTypes) {
      found.push({
        category: ts.DiagnosticCategory.Error,
        code: 8011,
        messageText:
          'In TypeScript these are type arguments. Put a comparison into parentheses: (a < b) > c.',
        file,
        start: first.pos,
        length: first.end - first.pos,
      });
    }
    ts.forEachChild(node, visit);
  };
  if (found.length === 0) visit(file);
  return found;
}

/** The text with what only the first line of a program may have as a comment: `#!/usr/bin/env node`. Places stay the same. */
export function withoutHashbang(source: string): string {
  return source.replace(/^#!/, '//');
}

/** Names that JSX uses without their being written. */
export function jsxNames(text: string, options: CompilerOptions): string[] {
  const { jsxFactory = 'React', jsxFragmentFactory = 'React' } = options;
  const said = [...text.matchAll(/@jsx(?:Frag)?\s+([\w$.]+)/g)].map(([, name]) => name!);
  return [jsxFactory, jsxFragmentFactory, ...said].map((name) => name.split('.')[0]!);
}

/**
 * `// @check warn`, `// @check off` or `// @check error` among the comments a cell begins with; TypeScript's own
 * `// @ts-nocheck` means `off`. The last one counts.
 *
 * @returns undefined when the cell says nothing
 */
export function checkingOf(source: string): Checking | undefined {
  let found: Checking | undefined;
  for (const line of leadingLines(source)) {
    const match = /^\/\/\s*@(?:check:?\s+(error|warn|off)|(ts-nocheck))\b/.exec(line);
    if (match) found = match[2] ? 'off' : (match[1] as Checking);
  }
  return found;
}

function* leadingLines(source: string): Generator<string> {
  for (const line of source.split('\n')) {
    const text = line.trim();
    if (text !== '' && !text.startsWith('//')) return;
    yield text;
  }
}

/** Leading comments that TypeScript reads only at the top of a file: references and JSX settings. */
export function pragmasOf(source: string): string {
  const head = /^(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(source)?.[0] ?? '';
  return (head.match(/^\s*\/\/\/\s*<[^\n]*|\/\*\*?\s*@jsx[\s\S]*?\*\//gm) ?? []).join('\n');
}

/** How things are done here that people type out of habit of other notebooks; they are no TypeScript. */
function habitHint(source: string): string | undefined {
  const line =
    source
      .split('\n')
      .find((each) => each.trim() !== '')
      ?.trim() ?? '';
  const command = /^(?:%%(?:bash|sh|script)\b.*|!+\s*([\w~./-]+(?:\s.*)?))$/.exec(line);
  // `!ready.value` and `!function () {}` are TypeScript.
  if (command && !/^!+\s*(?:function\b|\w+(?:\.\w+)+$)/.test(line)) {
    const what = command[1]?.trim() ?? 'ls';
    return `"!" and "%%bash" are IPython's. Here: import { execSync } from 'node:child_process'; execSync(${JSON.stringify(what)}, { stdio: 'inherit' })`;
  }
  if (/^%%?time(?:it)?\b/.test(line)) {
    return `"${/^%+\w+/.exec(line)![0]}" is IPython's. Here: console.time('it'); ...; console.timeEnd('it')`;
  }
  if (line.startsWith('%')) {
    return `"${/^%+\w*/.exec(line)![0]}" is a magic of IPython, which TypeScript has not. Settings: kernel.options({ ... }); outputs: display(value)`;
  }
  if (/^[.](?:help|load|save|exit|clear|editor|break)\b/.test(line)) {
    return `"${/^[.]\w+/.exec(line)![0]}" is a command of Node's console. Here: name? explains a name, display.clear() clears the outputs, import loads a file`;
  }
  return undefined;
}

/** Jupyter's `is_complete_reply`. */
export type Completeness =
  | { readonly status: 'complete' | 'invalid' | 'unknown' }
  | { readonly status: 'incomplete'; readonly indent: string };

/** Template, comment: what has no end yet although the error stands at its beginning. */
const unended: ReadonlySet<number> = new Set([1160, 1010]);

/** Whether a cell is ready to run. Where its first syntax error stands behind the last word, more text would help. */
export function completenessOf(source: string): Completeness {
  const { file } = parseCell(source);
  const [first] = syntaxFaults(file);
  if (!first) return { status: 'complete' };
  const { pos: end } = file.endOfFileToken;
  if (first.code === 1002) return { status: 'invalid' }; // A string ends on its line.
  if ((first.start ?? 0) < end && !unended.has(first.code)) return { status: 'invalid' };
  const depth = unended.has(first.code) ? 0 : depthOf(file, end);
  return { status: 'incomplete', indent: '  '.repeat(depth) };
}

/** How many brackets are open at the end. */
function depthOf({ text, languageVariant }: SourceFile, end: number): number {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, languageVariant, text.slice(0, end));
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

/** What people type out of habit of other notebooks gets a word on how it is done here. */
export function withHint([first, ...others]: readonly CellDiagnostic[], source: string): CellDiagnostic[] {
  const hint = habitHint(source);
  const hinted = hint === undefined ? first! : { ...first!, message: `${first!.message}\n${hint}` };
  return [hinted, ...others];
}
