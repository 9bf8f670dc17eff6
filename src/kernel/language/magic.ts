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

function* leadingLines(source: string): Generator<string> {
  for (const line of source.split('\n')) {
    const text = line.trim();
    if (text !== '' && !text.startsWith('//')) return;
    yield text;
  }
}
