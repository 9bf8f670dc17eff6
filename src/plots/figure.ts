/** What a figure is here: a plotly specification as plain data, with a text for those who cannot see it; and its looks. */
import type { Language } from '../language.ts';

/** Plain JSON, as plotly takes it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One plotly trace or layout. */
export type JsonObject = { readonly [name: string]: Json };

/**
 * A figure: give it to {@link showFigure}, {@link renderSvg} or any plotly. Plain JSON, so it can be stored, compared
 * and changed: `{ ...figure, layout: { ...figure.layout, height: 300 } }`.
 */
export interface Figure {
  readonly data: readonly JsonObject[];
  readonly layout: JsonObject;
  /** What the figure shows, in a sentence: the alt text of its picture. */
  readonly alt: string;
}

/** Okabe and Ito's palette: different to the colour-blind, too (https://jfly.uni-koeln.de/color/). */
export const palette = {
  blue: '#0072B2',
  vermillion: '#D55E00',
  green: '#009E73',
  orange: '#E69F00',
  sky: '#56B4E9',
  purple: '#CC79A7',
} as const;

/** The colours that are not data: {@link themed} exchanges them. */
export const colors = { ground: '#FFFFFF', ink: '#222222', grid: '#E5E5E5' } as const;

/** The common look: readable fonts, room for titles, white ground (so that dark themes show it too). */
export function baseLayout(title: string, layout: JsonObject): JsonObject {
  return {
    title: { text: title, font: { size: 16 } },
    width: 640,
    height: 400,
    margin: { l: 70, r: 80, t: 60, b: 60 },
    font: { family: 'Helvetica, Arial, sans-serif', size: 13, color: colors.ink },
    paper_bgcolor: colors.ground,
    plot_bgcolor: colors.ground,
    ...layout,
  };
}

/** An axis with a title and a light grid. Its labels are never hidden: only a browser knows whether they fit. */
export function axis(title: string, more: JsonObject = {}): JsonObject {
  return {
    title: { text: title },
    gridcolor: colors.grid,
    zeroline: false,
    ticklabeloverflow: 'allow',
    ...more,
  };
}

/** Percent with one decimal place, for alt texts; in Chinese no blank stands before the sign. */
export function percent(share: number, sign: ' %' | '%' = ' %'): string {
  return `${(100 * share).toFixed(1)}${sign}`;
}

/** How wide a text is, in Latin letters of middle width: Chinese, Japanese and Korean characters take a square each. */
export function lettersIn(text: string): number {
  const wide = text.match(
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/g,
  );
  return text.length + 0.8 * (wide?.length ?? 0);
}

/** A text as it is, where plotly and SVG would read tags such as `<b>` in it. */
export function plainText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An option that all figures have. */
export interface FigureLanguageOption {
  /** The language of all words that the figure itself says. Default: that of `useLanguage`, else English. */
  language?: Language;
}

/** Which ground a figure stands on. */
export type Theme = 'light' | 'dark';

const dark = { ground: '#1B1F24', ink: '#E6E6E6', grid: '#3D444D' } as const;

/**
 * The figure on a dark ground (or, with `light`, unchanged). Marks keep their colours: the palette is readable on both.
 *
 * @example
 * ```ts
 * import { display } from 'tslab';
 * await showFigure(display, themed(classBalanceFigure({ benign: 458, malignant: 241 }), 'dark'));
 * ```
 */
export function themed(figure: Figure, theme: Theme): Figure {
  if (theme === 'light') return figure;
  const layout = Object.fromEntries(
    Object.entries(figure.layout).map(([name, value]) => [name, themedPart(name, value)]),
  );
  const data = figure.data.map((trace) => ({ ...trace, ...inked(trace, 'line'), ...inked(trace, 'marker') }));
  return { ...figure, data, layout };
}

function themedPart(name: string, value: Json): Json {
  if (name === 'paper_bgcolor' || name === 'plot_bgcolor') return dark.ground;
  if (name === 'font' && isObject(value)) return { ...value, color: dark.ink };
  if (/^[xy]axis\d*$/.test(name) && isObject(value)) return { ...value, gridcolor: dark.grid };
  if (name === 'shapes' && Array.isArray(value)) {
    return (value as readonly Json[]).map((shape) =>
      isObject(shape) ? { ...shape, ...inked(shape, 'line') } : shape,
    );
  }
  return value;
}

/** A part drawn in ink or in the colour of the ground takes the dark one's. */
function inked(of: JsonObject, part: string): JsonObject {
  const value = of[part];
  if (!isObject(value)) return {};
  if (value['color'] === colors.ink) return { [part]: { ...value, color: dark.ink } };
  if (value['color'] === colors.ground) return { [part]: { ...value, color: dark.ground } };
  return {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
