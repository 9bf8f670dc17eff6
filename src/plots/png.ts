/** SVG into PNG, with fonts of our own: slim machines have none, and without one all text would vanish without a word. */
import { fileURLToPath } from 'node:url';
import type { ResvgRenderOptions } from '@resvg/resvg-js';
import { orToolsMissing } from './errors.ts';

/** `src/plots/` and `dist/plots/` are equally deep. */
const ownFonts = ['DejaVuSans.ttf', 'NotoSansSC.ttf'].map((name) =>
  fileURLToPath(new URL(`../../data/fonts/${name}`, import.meta.url)),
);
const family = 'DejaVu Sans';

/** How to draw. */
interface PngOptions {
  /** Pixels for each pixel of the picture. */
  scale: number;
  /** Whether the machine's own fonts are used, too; they come first for the names in the picture. Default true. */
  systemFonts?: boolean;
}

/**
 * Draws an SVG as PNG. Text whose font is not here is drawn in DejaVu Sans, Chinese in Noto Sans SC; both come with this
 * library. Characters that no font has are named in a warning of the process, each once.
 */
export async function pngOf(svg: string, { scale, systemFonts = true }: PngOptions): Promise<Uint8Array> {
  const { Resvg } = await orToolsMissing('@resvg/resvg-js', () => import('@resvg/resvg-js'));
  const font: ResvgRenderOptions['font'] = {
    loadSystemFonts: systemFonts,
    fontFiles: ownFonts,
    sansSerifFamily: family,
    defaultFontFamily: family,
  };
  const news = rareCharacters(svg).filter((character) => !known.has(character));
  if (news.length > 0) warnOf(withoutGlyph(news, (text) => new Resvg(text, { font }).toString()));
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: scale }, font }).render().asPng();
}

/** What was looked for before. */
const known = new Set<string>();

/** The characters of a picture's text that not every font has, each once; marks and blanks are not drawn by themselves. */
function rareCharacters(svg: string): string[] {
  const text = svg.replace(/<(title|desc|style)\b[^]*?<\/\1>/g, '').replace(/<[^>]*>/g, '');
  return [...new Set(text.match(/(?![\p{M}\p{C}\p{Z}])[\u0250-\u{10ffff}]/gu) ?? [])];
}

/** What every font draws as its box for what it does not have. */
const NOBODY_HAS = '\u{10fffd}';

/** Those of the characters that are drawn as the box for missing ones, or not at all. */
function withoutGlyph(characters: readonly string[], outline: (svg: string) => string): string[] {
  const texts = [...characters, NOBODY_HAS].map(
    (character, at) => `<g id="c${at}"><text y="9" font-family="sans-serif">${character}</text></g>`,
  );
  const drawn = outline(
    `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${texts.join('')}</svg>`,
  );
  const pathOf = new Map(
    [...drawn.matchAll(/<g id="c(\d+)">[^]*?(?=<g id="c|<\/svg>)/g)].map(([group, at]) => [
      Number(at),
      /\sd="([^"]*)"/.exec(group)?.[1],
    ]),
  );
  const box = pathOf.get(characters.length);
  for (const character of characters) known.add(character);
  return characters.filter((_, at) => pathOf.get(at) === undefined || pathOf.get(at) === box);
}

function warnOf(missing: readonly string[]): void {
  if (missing.length === 0) return;
  process.emitWarning(
    `No font here has the characters "${missing.join('')}": PNG pictures show boxes instead. Install one that has them ` +
      '(on Debian and Ubuntu, for rare Chinese characters, Japanese and Korean: apt-get install fonts-noto-cjk) and start again. ' +
      'Interactive figures and SVG use the fonts of the reader.',
  );
}
