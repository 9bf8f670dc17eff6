/** What a snapshot of the language service knows beforehand: a program for folders without settings, and warm code. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { globalsTypes } from '../display/globals-types.ts';
import { Language } from './language.ts';
import { noProject } from './settings.ts';

/** Of each kind that first cells are of: their code is compiled, and what their types need is known. */
const cells = [
  '1 + 1',
  'const x: number = 1; let words = ["a", "b"].map((each) => each.length); x',
  'interface Row { a: number } class Point { x = 1 } function f(row: Row): number { return row.a }',
  'const answer = await Promise.resolve({ a: [1] }); console.log(answer.a[0], `text`, new Map([[1, 2]]))',
  'import fs from "node:fs"; for (const each of words) console.log(fs.existsSync(String(each)))',
  'words = 5 as unknown as number[]; display(f({ a: 1 }))',
];

/**
 * Lets the next language service of this process begin with a program that is there. Nothing is completed: that sorts by
 * `Intl.Collator`, which no snapshot can hold.
 *
 * @returns the files that the program was made of
 */
export function prepare(): string[] {
  const cwd = path.join(path.dirname(fileURLToPath(import.meta.url)), '^nowhere');
  const language = new Language({ cwd, globals: globalsTypes, project: noProject });
  for (const [index, cell] of cells.entries()) {
    const compiled = language.compile(cell, index + 1);
    if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join('\n'));
    language.accept(compiled.cell);
  }
  return language.handOver();
}
