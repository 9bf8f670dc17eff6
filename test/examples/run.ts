/** Runs an example, and compares what it gives and prints with the comments in it. */
import assert from 'node:assert/strict';
import { format, inspect } from 'node:util';
import ts from 'typescript';

/** A statement with the comment behind it. */
interface Claim {
  readonly statement: string;
  readonly comment: string;
}

type Runner = (...values: readonly unknown[]) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => Runner;

/**
 * Runs the code with these names in scope. A comment behind a statement, on its line or on the lines below it, is what
 * the statement gives (an expression, a `const`) or prints; `...` in it stands for anything, and spaces do not count.
 * `// throws: text` is the end of the statement in an error that says so.
 */
export async function runExample(code: string, names: Readonly<Record<string, unknown>>): Promise<number> {
  const claims: Claim[] = [];
  const printed: string[] = [];
  const scope = {
    ...names,
    console: { log: (...args: unknown[]) => void printed.push(format(...args)) },
    $begin: () => void printed.splice(0),
    $printed: (claim: number) => check(claims[claim]!, printed.splice(0).join('\n')),
    $gives: (claim: number, value: unknown) => check(claims[claim]!, inspect(value, INSPECTION)),
    $throws: async (claim: number, run: () => unknown) => {
      const { statement, comment } = claims[claim]!;
      const message = comment.replace(/^throws: /, '');
      await assert.rejects(
        async () => run(),
        (error: Error) =>
          error.message.includes(message) || assert.fail(`${statement} says: ${error.message}`),
      );
    },
  };
  const body = instrumented(code, claims);
  const { outputText } = ts.transpileModule(body, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true },
  });
  await new AsyncFunction(...Object.keys(scope), outputText)(...Object.values(scope));
  return claims.length;
}

const INSPECTION = { depth: Infinity, breakLength: Infinity, maxArrayLength: null } as const;

function check({ statement, comment }: Claim, actual: string): void {
  const [expected, found] = [comment, actual].map((text) => text.replace(/\s+/g, ''));
  const parts = (expected ?? '').split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  if (!new RegExp(`^${parts.join('.*')}$`, 's').test(found ?? ''))
    assert.equal(actual, comment, `not what the comment behind it says: ${statement}`);
}

/** The code with a call behind each statement that has a comment. */
function instrumented(code: string, claims: Claim[]): string {
  const tree = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  return tree.statements
    .map((statement) => {
      const text = statement.getText(tree);
      const comment = commentBehind(code, statement.end);
      if (comment === '') return text;
      const claim = claims.push({ statement: text, comment }) - 1;
      const expression = ts.isExpressionStatement(statement) ? statement.expression.getText(tree) : undefined;
      if (expression !== undefined && comment.startsWith('throws: '))
        return `await $throws(${claim}, async () => (${expression}));`;
      if (expression !== undefined && !expression.startsWith('console.log('))
        return `$gives(${claim}, (${expression}));`;
      const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
      const [first] = declared;
      if (first && declared.length === 1 && ts.isIdentifier(first.name))
        return `${text}\n$gives(${claim}, ${first.name.text});`;
      return `$begin();\n${text}\n$printed(${claim});`;
    })
    .join('\n');
}

/** The comment on the rest of this line and on the lines right below it. */
function commentBehind(code: string, end: number): string {
  const [rest = '', ...below] = code.slice(end).split('\n');
  const lines = /^\s*(?:\/\/|$)/.test(rest) ? [rest, ...untilCode(below)] : [];
  return lines
    .map((line) => line.replace(/^\s*\/\/ ?/, ''))
    .join('\n')
    .trim();
}

function untilCode(lines: readonly string[]): string[] {
  const end = lines.findIndex((line) => !/^\s*\/\//.test(line));
  return lines.slice(0, end < 0 ? lines.length : end);
}
