/** What is softened where no tsconfig asks for strictness: habits of pasted JavaScript are shown, and the cell runs. */
import type { CellDiagnostic, Checking, Compiled } from '../contracts.ts';
import { cellDiagnostics, type CellText } from './diagnostics.ts';
import { compiler, type Diagnostic, type Node } from './typescript.ts';

/** Reads what TypeScript found in one cell after the other; what a stricter check alone finds is a warning. */
export class LenientCheck {
  /** To which cells give values by `this.name = value`. */
  readonly #fields = new Set<string>();

  /** As {@link cellDiagnostics}. */
  diagnostics(found: readonly Diagnostic[], cell: CellText, checking: Checking): CellDiagnostic[] {
    for (const [, name] of cell.source.matchAll(/\bthis\.([\p{ID_Continue}$]+)\s*=(?!=)/gu))
      this.#fields.add(name!);
    return found
      .flatMap((each) => cellDiagnostics([each], cell, this.#isHabit(each) ? 'warn' : checking))
      .map((each) =>
        isOfStrictness(each) && each.severity === 'error' ? { ...each, severity: 'warning' } : each,
      );
  }

  #isHabit(found: Diagnostic): boolean {
    return isOtherValue(found) || isLeftOut(found) || isMadeField(found, this.#fields) || isAsked(found);
  }
}

/** Faults that only strictness makes: implicit `any`, what may be null or unknown. Pasted JavaScript is full of them. */
function isOfStrictness({ code, message }: Pick<CellDiagnostic, 'code' | 'message'>): boolean {
  if (
    (code >= 7005 && code <= 7057 && code !== 7056) ||
    (code >= 18046 && code <= 18050) ||
    (code >= 2531 && code <= 2533)
  )
    return true;
  // Fields and variables without a value, `this` without a type, what may be null when called, `unknown`.
  if ([2454, 2564, 2571, 2683, 2721, 2722, 2723].includes(code)) return true;
  // What was nothing when it was declared: `{}` that gets fields later, `null`.
  if (code === 2339 || code === 2353) return /on type '(?:\{\}|never)'|in type '\{\}'/.test(message);
  // `null` where there should be a string; an empty array literal, which is `never[]`.
  if (![2322, 2345, 2769].includes(code)) return false;
  return /\b[Tt]ype '(?:undefined|null)' is not assignable|to (?:parameter of )?type 'never'/.test(message);
}

/**
 * A variable of the cell that got its type from its first value, and is now given another: pasted JavaScript does that. Where
 * the user wrote a type, he means it.
 */
function isOtherValue({ code, file, start = 0 }: Diagnostic): boolean {
  if (code !== 2322 || !file) return false;
  const ts = compiler();
  let name: string | undefined;
  const declarations: { readonly name: string; readonly isTyped: boolean }[] = [];
  const visit = (node: Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken)
      if (ts.isIdentifier(node.left) && node.left.getStart(file) === start) name = node.left.text;
    const isNamed = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node);
    if (isNamed && ts.isIdentifier(node.name)) {
      const isTyped = !ts.isVariableDeclaration(node) || node.type !== undefined;
      declarations.push({ name: node.name.text, isTyped });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const own = declarations.filter((each) => each.name === name);
  return own.length > 0 && own.every(({ isTyped }) => !isTyped);
}

/** A parameter that has no type is not given: in JavaScript it is `undefined` then. */
function isLeftOut({ code, relatedInformation: [related] = [] }: Diagnostic): boolean {
  if (code !== 2554 || !related?.file || !/\/\^[^/]+$/.test(related.file.fileName)) return false;
  const { file, start = 0, length = 0 } = related;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(file.text.slice(start, start + length));
}

/** `typeof window` and `typeof (window)` ask whether there is one; `typeof window.name` throws, and a type must exist. */
function isAsked({ code, file, start = 0 }: Diagnostic): boolean {
  if (![2304, 2552, 2584].includes(code) || !file) return false;
  const ts = compiler();
  let isWhole = false;
  const visit = (node: Node): void => {
    if (ts.isTypeOfExpression(node)) {
      let asked: Node = node.expression;
      while (ts.isParenthesizedExpression(asked)) asked = asked.expression;
      isWhole ||= ts.isIdentifier(asked) && asked.getStart(file) === start;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return isWhole;
}

/** A field that a constructor makes, as classes of JavaScript do, without declaring it. */
function isMadeField({ code, messageText }: Diagnostic, fields: ReadonlySet<string>): boolean {
  if (code !== 2339 && code !== 2551) return false;
  const text = compiler().flattenDiagnosticMessageText(messageText, '\n');
  return fields.has(/^Property '([^']+)'/.exec(text)?.[1] ?? '');
}

/** Whether a program that was not made for the cell says the same; faults are reported by one that was. */
export function isSound(compiled: Compiled): boolean {
  return compiled.ok && compiled.cell.diagnostics.every(isOfStrictness);
}
