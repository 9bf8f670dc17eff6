/** The places of tables in the texts: what stands between `<!-- figures: NAME -->` and `<!-- end of figures -->`. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formatted } from '../scripts/formatted.mjs';

/** Where tables stand; the last one has the summary. */
export const TEXTS = ['bench/README.md', 'docs/scale-out.md', 'README.md'] as const;

const END = '<!-- end of figures -->';
const markOf = (name: string): string => `<!-- figures: ${name} -->\n`;
const urlOf = (path: string): URL => new URL(`../${path}`, import.meta.url);

/** Where a block begins and ends; undefined where the text has no place for it. */
function placeOf(text: string, name: string): { from: number; to: number } | undefined {
  const mark = text.indexOf(markOf(name));
  if (mark < 0) return undefined;
  const from = mark + markOf(name).length;
  const to = text.indexOf(END, from);
  const next = text.indexOf('<!-- figures: ', from);
  if (to < 0 || (next >= 0 && next < to))
    throw new Error(`The mark of the table "${name}" has no end: "${END}" is missing behind it.`);
  return { from, to };
}

/** A block of a text; undefined where it has no place for it. */
export function blockOf(text: string, name: string): string | undefined {
  const place = placeOf(text, name);
  return place && text.slice(place.from, place.to).trim();
}

/**
 * The text with other blocks; what is not among them stays.
 *
 * @throws Error where a mark has no end
 */
export function withBlocks(text: string, blocks: ReadonlyMap<string, string>): string {
  for (const [name, block] of blocks) {
    const place = placeOf(text, name);
    if (place) text = `${text.slice(0, place.from)}\n${block}\n\n${text.slice(place.to)}`;
  }
  return text;
}

/** All texts, by their path. */
export async function readTexts(): Promise<Map<string, string>> {
  return new Map(
    await Promise.all(TEXTS.map(async (path) => [path, await readFile(urlOf(path), 'utf8')] as const)),
  );
}

/** Those of the named tables that no text has a place for. */
export const withoutPlace = (texts: ReadonlyMap<string, string>, names: readonly string[]): string[] =>
  names.filter((name) => [...texts.values()].every((text) => placeOf(text, name) === undefined));

/**
 * Puts blocks in their places, formatted as the project formats its texts; all texts, or none where one fails.
 *
 * @returns the paths of the texts that changed
 */
export async function writeBlocks(blocks: ReadonlyMap<string, string>): Promise<string[]> {
  const changed: { path: string; text: string }[] = [];
  for (const [path, before] of await readTexts()) {
    const filepath = fileURLToPath(urlOf(path));
    const text = withBlocks(before, blocks);
    if (text !== before) changed.push({ path, text: await formatted(filepath, text) });
  }
  for (const { path, text } of changed) await writeFile(urlOf(path), text);
  return changed.map(({ path }) => path);
}
