// The errors that src declares, each with its code, cause, sentences and cure.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { definitionsOf, partsOf, sentences } from './error-sentences.mjs';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** @typedef {import('./error-sentences.mjs').Definitions} Definitions */

/**
 * @typedef {object} ErrorEntry One declaration `class XError extends failure({ ... }) {}`.
 * @property {string} name the class
 * @property {string} file relative to the project
 * @property {string} room
 * @property {string} code
 * @property {string} cause first paragraph of the docstring
 * @property {string[]} says sentences; `{x}` is a fact, `[...]` stands only where it applies, `(a | b)` is one of both
 * @property {string[]} cure in the same manner; none where the sentence says it all
 * @property {'yes' | 'no' | 'sometimes'} canRetry
 * @property {string | undefined} base the class that it shares with others
 */

/**
 * @typedef {object} Declared
 * @property {ErrorEntry[]} errors in the order of rooms and codes
 * @property {string[]} problems what is no such declaration but should be one, with its file
 */

/**
 * Reads all declarations of errors in `src`.
 *
 * @returns {Declared}
 */
export function readErrors() {
  /** @type {ErrorEntry[]} */
  const errors = [];
  /** @type {string[]} */
  const problems = [];
  /** @type {Map<string, { base: string, place: string, isAbstract: boolean }>} */
  const others = new Map();
  const names = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const sources = names
    .map((name) => name.replaceAll('\\', '/'))
    .sort()
    .map((name) => {
      const text = readFileSync(path.join(src, name), 'utf8');
      return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    });
  const shared = definitionsOf(sources);
  for (const source of sources) {
    const name = source.fileName;
    const definitions = { ...shared, ...definitionsOf([source]) };
    /** @param {ts.Node} node */
    const visit = (node) => {
      const heritage = ts.isClassDeclaration(node) ? baseOf(node) : undefined;
      if (ts.isClassDeclaration(node) && heritage) {
        const place = `src/${name}: ${node.name?.text}`;
        if (isFailure(heritage)) {
          try {
            errors.push(entryOf(node, heritage, name, definitions));
          } catch (error) {
            problems.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
          }
          return;
        }
        const isAbstract =
          node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword) ?? false;
        if (node.name && ts.isIdentifier(heritage))
          others.set(node.name.text, { base: heritage.text, place, isAbstract });
      } else if (isFailure(node)) {
        problems.push(`src/${name}: a failure that is no base of a class`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  const declared = new Set(errors.map(({ name }) => name));
  for (const { base, place, isAbstract } of others.values()) {
    let at = base;
    while (at !== 'StreamTrainError' && others.has(at)) at = others.get(at)?.base ?? '';
    if ((at === 'StreamTrainError' || declared.has(at)) && !isAbstract)
      problems.push(`${place} extends ${base} by hand`);
  }
  errors.sort((a, b) => compare(a.room, b.room) || compare(a.code, b.code));
  return { errors, problems };
}

/** @type {(a: string, b: string) => number} */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * @param {ts.ClassDeclaration} node
 * @returns {ts.Expression | undefined}
 */
function baseOf(node) {
  return node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0]
    ?.expression;
}

/**
 * @param {ts.Node} node
 * @returns {node is ts.CallExpression}
 */
function isFailure(node) {
  return ts.isCallExpression(node) && node.expression.getText() === 'failure';
}

/**
 * @param {ts.ClassDeclaration} node
 * @param {ts.CallExpression} call
 * @param {string} file below src
 * @param {Definitions} definitions
 * @returns {ErrorEntry}
 */
function entryOf(node, call, file, definitions) {
  const [declaration] = call.arguments;
  if (!declaration || !ts.isObjectLiteralExpression(declaration))
    throw new Error('no object is given to failure()');
  const parts = partsOf(declaration, definitions);
  const [code, says, cure] = ['code', 'says', 'cure'].map((name) => parts.get(name));
  if (!code || !ts.isStringLiteral(code)) throw new Error('its code is not written out');
  if (!says || !cure) throw new Error('says or cure is missing');
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const cause = (ts.getTextOfJSDocComment(doc?.comment) ?? '').split(/\n\s*\n/)[0] ?? '';
  if (cause.trim() === '') throw new Error('it has no docstring, which is its cause');
  const retry = parts.get('canRetry');
  const facts = ts.isArrowFunction(says)
    ? says.parameters.map((one) => one.type?.getText() ?? '').join()
    : '';
  return {
    name: node.name?.text ?? '',
    file: `src/${file}`,
    room: file.includes('/') ? /** @type {string} */ (file.split('/')[0]) : 'streamtrain',
    code: code.text,
    cause: cause
      .replaceAll(/\{@link (\w+)\}/g, '`$1`')
      .replaceAll(/\s+/g, ' ')
      .trim(),
    says: sentences(says, definitions),
    cure: sentences(cure, definitions),
    canRetry: /\bcanRetry\b/.test(facts)
      ? 'sometimes'
      : retry?.kind === ts.SyntaxKind.TrueKeyword
        ? 'yes'
        : 'no',
    base: parts.get('base')?.getText(),
  };
}
