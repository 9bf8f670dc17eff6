/** What a figure is here: a plotly specification as plain data, with a text for those who cannot see it. */

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

/** Okabe and Ito's palette, told apart by the colour-blind too (https://jfly.uni-koeln.de/color/). */
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

/** An axis with a title and a light grid. Its labels are never hidden: only a browser could tell whether they fit. */
export function axis(title: string, more: JsonObject = {}): JsonObject {
  return {
    title: { text: title },
    gridcolor: colors.grid,
    zeroline: false,
    ticklabeloverflow: 'allow',
    ...more,
  };
}

/** Percent with one decimal place, for alt texts. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
