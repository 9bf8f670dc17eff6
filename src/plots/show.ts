/** Putting a figure under a notebook cell. */
import type { Figure, Json, JsonObject } from './figure.ts';
import { renderSvg } from './render.ts';
import { stockTslabBundle } from './stock-tslab.ts';

/** The MIME type that JupyterLab draws as an interactive plotly figure. */
export const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

/** Where the streamtrain kernel looks for someone who draws a plain `{ data, layout }`, the result of a cell. */
const rendererKey = Symbol.for('streamtrain.renderFigure');
(globalThis as Record<symbol, unknown>)[rendererKey] = (figure: Omit<Figure, 'alt'> & { alt?: string }) =>
  renderSvg({ alt: 'A figure', ...figure }).then((svg) => ({ 'image/svg+xml': svg }));

/** tslab's `display`, as far as a figure needs it. A kernel that can send a whole bundle offers `bundle` too. */
export interface FigureDisplay {
  raw(mime: string, content: string | Uint8Array): void;
  bundle?(data: Readonly<Record<string, Json>>): void;
}

/** Options of {@link showFigure}. */
export interface ShowFigureOptions {
  /** `interactive` (default) for JupyterLab; `static` sends a picture that every viewer shows. */
  as?: 'interactive' | 'static';
}

/**
 * The same figure in every form a viewer may want: interactive, as a picture, in words.
 *
 * @example
 * ```ts
 * const bundle = await figureBundle(classBalanceFigure({ benign: 458, malignant: 241 }));
 * bundle['image/svg+xml']; // '<svg ...'
 * ```
 */
export async function figureBundle(figure: Figure): Promise<Record<string, Json>> {
  const { data, layout, alt } = figure;
  return { [PLOTLY_MIME]: { data, layout }, 'image/svg+xml': await renderSvg(figure), 'text/plain': alt };
}

/**
 * Shows a figure under the running cell, in all its forms where the kernel can send them together: a `display` with
 * `bundle`, or stock tslab's own `display`. A `display` with `raw` alone gets one form: the interactive figure, or
 * with `as: 'static'` the picture.
 *
 * @example
 * ```ts
 * import { display } from 'tslab';
 * await showFigure(display, classBalanceFigure({ benign: 458, malignant: 241 }));
 * ```
 */
export async function showFigure(
  display: FigureDisplay,
  figure: Figure,
  { as = 'interactive' }: ShowFigureOptions = {},
): Promise<void> {
  const bundle = display.bundle?.bind(display) ?? stockTslabBundle(display);
  if (bundle) return bundle(await figureBundle(figure));
  if (as === 'static') return display.raw('image/svg+xml', await renderSvg(figure));
  const spec: JsonObject = { data: figure.data, layout: figure.layout };
  // tslab types `raw` for text and bytes, yet a JSON type's content has to be the object itself.
  display.raw(PLOTLY_MIME, spec as unknown as string);
}
