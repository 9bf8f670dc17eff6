/** The comments by which a cell says how strictly it wants to be checked. */
import type { Checking } from '../contracts.ts';

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

/** Leading comments that TypeScript reads only at the top of a file: references and JSX settings. */
export function pragmasOf(source: string): string {
  const head = /^(?:\s|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(source)?.[0] ?? '';
  return (head.match(/^\s*\/\/\/\s*<[^\n]*|\/\*\*?\s*@jsx[\s\S]*?\*\//gm) ?? []).join('\n');
}

/** How things are done here that people type out of habit of other notebooks; they are no TypeScript. */
export function habitHint(source: string): string | undefined {
  const line =
    source
      .split('\n')
      .find((each) => each.trim() !== '')
      ?.trim() ?? '';
  const command = /^(?:%%(?:bash|sh|script)\b.*|!\s*([\w~./-]+(?:\s.*)?))$/.exec(line);
  // `!ready.value` and `!function () {}` are TypeScript.
  if (command && !/^!\s*(?:function\b|\w+(?:\.\w+)+$)/.test(line)) {
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

function* leadingLines(source: string): Generator<string> {
  for (const line of source.split('\n')) {
    const text = line.trim();
    if (text !== '' && !text.startsWith('//')) return;
    yield text;
  }
}
