// What the sentences of a declared error can be, read from its code: texts with the facts in braces.
import ts from 'typescript';

/** @typedef {Record<string, ts.FunctionLikeDeclaration | string>} Definitions Functions and texts by name. */

/**
 * The functions and texts that files define: some sentences are put together of them.
 *
 * @param {readonly ts.SourceFile[]} sources
 * @returns {Definitions}
 */
export function definitionsOf(sources) {
  /** @type {Definitions} */
  const found = {};
  for (const statement of sources.flatMap(({ statements }) => [...statements])) {
    if (ts.isFunctionDeclaration(statement) && statement.name) found[statement.name.text] = statement;
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (!initializer || !ts.isIdentifier(name)) continue;
      if (ts.isArrowFunction(initializer)) found[name.text] = initializer;
      if (ts.isStringLiteralLike(initializer)) found[name.text] = initializer.text;
    }
  }
  return found;
}

/**
 * The properties of a declaration; those of `...shared()` are what that function returns.
 *
 * @param {ts.ObjectLiteralExpression} declaration
 * @param {Definitions} definitions
 * @returns {Map<string, ts.Expression>}
 */
export function partsOf(declaration, definitions) {
  /** @type {Map<string, ts.Expression>} */
  const parts = new Map();
  for (const property of declaration.properties) {
    if (ts.isPropertyAssignment(property)) parts.set(property.name.getText(), property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) parts.set(property.name.text, property.name);
    if (!ts.isSpreadAssignment(property) || !ts.isCallExpression(property.expression)) continue;
    const called = definitions[property.expression.expression.getText()];
    if (called === undefined || typeof called === 'string') continue;
    for (const { result } of resultsOf(called, { definitions, known: new Map(), whole: undefined }))
      if (ts.isObjectLiteralExpression(result))
        for (const [name, value] of partsOf(result, definitions)) parts.set(name, value);
  }
  return parts;
}

/** @typedef {{ definitions: Definitions, known: Map<string, string>, whole: string | undefined }} Scope */

/**
 * The sentences that an expression, or a function's results, can be; '' is none.
 *
 * @param {ts.Expression} node
 * @param {Definitions} definitions
 * @returns {string[]}
 */
export function sentences(node, definitions) {
  /** @type {Scope} */
  const scope = { definitions, known: new Map(), whole: undefined };
  const named = ts.isIdentifier(node) ? definitions[node.text] : undefined;
  const saying = ts.isArrowFunction(node) ? node : typeof named === 'string' ? undefined : named;
  const results = saying ? resultsOf(saying, scope) : [{ result: node, scope }];
  const texts = results.flatMap(({ result, scope: its }) => alternatives(result, its));
  const all = [
    ...new Set(texts.map((text) => text.replaceAll(/\s+/g, ' ').trim()).filter((text) => text !== '')),
  ];
  // A fact that goes before the sentence is no sentence itself.
  const written = all.filter((text) => !/^\{[^}]*\}$/.test(text));
  return written.length > 0 ? written : all;
}

/**
 * What a function can return, each with what is known of its names there.
 *
 * @param {ts.FunctionLikeDeclaration} node
 * @param {Scope} scope
 * @returns {{ result: ts.Expression, scope: Scope }[]}
 */
function resultsOf(node, scope) {
  const [parameter] = node.parameters;
  const whole = parameter && ts.isIdentifier(parameter.name) ? parameter.name.text : undefined;
  const its = { ...scope, known: new Map(scope.known), whole };
  if (!node.body) return [];
  if (!ts.isBlock(node.body)) return [{ result: node.body, scope: its }];
  /** @type {{ result: ts.Expression, scope: Scope }[]} */
  const results = [];
  /** @param {ts.Node} statement */
  const visit = (statement) => {
    if (ts.isReturnStatement(statement) && statement.expression)
      results.push({ result: statement.expression, scope: its });
    else if (
      ts.isVariableDeclaration(statement) &&
      ts.isIdentifier(statement.name) &&
      statement.initializer
    ) {
      its.known.set(statement.name.text, textOf(statement.initializer, its));
    } else if (!ts.isFunctionLike(statement)) ts.forEachChild(statement, visit);
  };
  ts.forEachChild(node.body, visit);
  return results;
}

/**
 * @param {ts.Expression} node
 * @param {Scope} scope
 * @returns {string[]}
 */
function alternatives(node, scope) {
  const plain = inner(node);
  if (ts.isConditionalExpression(plain))
    return [...alternatives(plain.whenTrue, scope), ...alternatives(plain.whenFalse, scope)];
  if (isEither(plain)) return [...alternatives(plain.left, scope), ...alternatives(plain.right, scope)];
  const called = calledFunction(plain, scope);
  if (called) return called.flatMap(({ result, scope: its }) => alternatives(result, its));
  return [textOf(plain, scope)];
}

/**
 * A text with its facts in braces.
 *
 * @param {ts.Expression} node
 * @param {Scope} scope
 * @returns {string}
 */
function textOf(node, scope) {
  const plain = inner(node);
  if (ts.isStringLiteralLike(plain)) return plain.text;
  if (ts.isTemplateExpression(plain))
    return plain.templateSpans.reduce(
      (text, span) => text + textOf(span.expression, scope) + span.literal.text,
      plain.head.text,
    );
  if (ts.isBinaryExpression(plain) && plain.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const text = textOf(plain.left, scope) + textOf(plain.right, scope);
    return /^(\{[^}]*\})+$/.test(text) ? factOf(plain, scope) : text; // facts alone are added, not joined
  }
  if (ts.isConditionalExpression(plain)) return oneOf([plain.whenTrue, plain.whenFalse], scope);
  if (isEither(plain)) return oneOf([plain.left, plain.right], scope);
  if (ts.isIdentifier(plain)) {
    const defined = scope.definitions[plain.text];
    return scope.known.get(plain.text) ?? (typeof defined === 'string' ? defined : `{${plain.text}}`);
  }
  if (ts.isArrayLiteralExpression(plain))
    return plain.elements
      .map((one) => textOf(ts.isSpreadElement(one) ? one.expression : one, scope))
      .join(' ');
  if (ts.isCallExpression(plain)) {
    const called = calledFunction(plain, scope);
    if (called) return either(called.map(({ result, scope: its }) => textOf(result, its)));
    const { expression } = plain;
    const [argument] = plain.arguments;
    if (expression.getText() === 'JSON.stringify' && argument) {
      const text = textOf(argument, scope);
      return text.startsWith('"') ? text : `"${text}"`;
    }
    if (ts.isPropertyAccessExpression(expression) && !/^[A-Z]/.test(expression.getText()))
      return textOf(expression.expression, scope);
    return argument ? textOf(argument, scope) : `{${plain.getText()}}`;
  }
  return factOf(plain, scope);
}

/**
 * A fact as it is written, without the name of the object of all facts.
 *
 * @param {ts.Expression} node
 * @param {Scope} scope
 */
function factOf(node, { whole }) {
  const text = node.getText().replaceAll(/\s+/g, ' ');
  return `{${whole === undefined ? text : text.replaceAll(new RegExp(`\\b${whole}\\.`, 'g'), '')}}`;
}

/**
 * Without brackets and types.
 *
 * @param {ts.Expression} node
 * @returns {ts.Expression}
 */
function inner(node) {
  let at = node;
  while (ts.isParenthesizedExpression(at) || ts.isAsExpression(at) || ts.isNonNullExpression(at))
    at = at.expression;
  return at;
}

/**
 * @param {ts.Node} node
 * @returns {node is ts.BinaryExpression}
 */
function isEither(node) {
  const kinds = [ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken];
  return ts.isBinaryExpression(node) && kinds.includes(node.operatorToken.kind);
}

/**
 * @param {ts.Expression[]} nodes
 * @param {Scope} scope
 */
function oneOf(nodes, scope) {
  return either(nodes.map((node) => textOf(node, scope)));
}

/** @param {string[]} texts */
function either(texts) {
  const [first = '', ...others] = texts.map((text) => text.replaceAll(/^"|"$|…$|\.\.\.$|^\.\.\. /g, ''));
  if (/^\{[^}]*\}$/.test(first) && others.every((text) => text === first)) return first;
  const different = [...new Set(texts)];
  const said = different.filter((text) => text !== '');
  if (said.length < 2) return said.length < different.length ? `[${said.join('')}]` : said.join('');
  return `(${said.join(' | ')}${said.length < different.length ? ' | nothing' : ''})`;
}

/**
 * The results of a function, if each of them is a sentence: else its argument is the fact.
 *
 * @param {ts.Expression} node
 * @param {Scope} scope
 */
function calledFunction(node, scope) {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const called = scope.definitions[node.expression.text];
  if (called === undefined || typeof called === 'string') return undefined;
  const known = new Map(scope.known);
  called.parameters.forEach(({ name }, place) => {
    const argument = node.arguments[place];
    if (ts.isIdentifier(name) && argument) known.set(name.text, textOf(argument, scope));
  });
  const { [node.expression.text]: _itself, ...definitions } = scope.definitions;
  const results = resultsOf(called, { ...scope, known, definitions });
  /** @param {{ result: ts.Expression, scope: Scope }} one */
  const isSentence = (one) =>
    alternatives(one.result, one.scope).every(
      (text) => text === '' || /[a-z]+ [a-z]+/i.test(text.replaceAll(/\{[^}]*\}/g, '')),
    );
  return results.length > 0 && results.every(isSentence) ? results : undefined;
}
