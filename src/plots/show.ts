/** Putting a figure under a notebook cell: once, or drawn again and again while the cell trains. */
import { translated } from '../language.ts';
import { checkNumber, checkOneOf, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { FigureTimeoutError } from './errors.ts';
import type { Figure, Json, JsonObject } from './figure.ts';
import { renderSvg } from './render.ts';
import { stockTslabBundle } from './stock-tslab.ts';
import { figureOptions } from './figure-options.ts';

/** The MIME type that JupyterLab draws as an interactive plotly figure. */
export const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

const wordsIn = translated({ en: { alt: 'A figure' }, zh: { alt: '图' } });

/** Where the streamtrain kernel looks for someone who draws a plain `{ data, layout }`, the result of a cell. */
const rendererKey = Symbol.for('streamtrain.renderFigure');
(globalThis as Record<symbol, unknown>)[rendererKey] = (figure: Omit<Figure, 'alt'> & { alt?: string }) =>
  renderSvg({ ...wordsIn(), ...figure }).then((svg) => ({ 'image/svg+xml': svg }));

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
 * ```ts run
 * const bundle = await figureBundle(classBalanceFigure({ benign: 458, malignant: 241 }));
 * console.log(bundle['image/svg+xml']); // <svg ...
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
  options: ShowFigureOptions = {},
): Promise<void> {
  const { as = 'interactive' } = figureOptions('showFigure', options, { as: 'text' });
  checkOneOf('as', as, ['interactive', 'static']);
  const bundle = display.bundle?.bind(display) ?? stockTslabBundle(display);
  if (bundle) return bundle(await figureBundle(figure));
  if (as === 'static') return display.raw('image/svg+xml', await renderSvg(figure));
  const spec: JsonObject = { data: figure.data, layout: figure.layout };
  // tslab types `raw` for text and bytes, yet a JSON type's content has to be the object itself.
  display.raw(PLOTLY_MIME, spec as unknown as string);
}

/** What a live figure needs of the notebook: `import * as tslab from 'tslab'` has it on every kernel. */
export interface LiveNotebook {
  /** Shows things under the running cell. */
  readonly display: FigureDisplay;
  /** A place under the cell whose content is replaced by each call. */
  newDisplay(): { svg(picture: string): void; text(text: string): void };
}

/** Options of {@link liveFigure}. */
export interface LiveFigureOptions {
  /** Drawn at most so often in a second. Default 5. */
  perSecond?: number;
  /** The time in ms; for tests. Default `performance.now`. */
  now?: () => number;
  /** Draws one picture; for tests. Default {@link renderSvg}. */
  render?: (figure: Figure) => Promise<string>;
}

const liveOptions: OptionNames<LiveFigureOptions> = { perSecond: true, now: true, render: true };

/**
 * A figure that changes in place: hand it the newest specification as often as you like, it draws at most
 * `perSecond` of them, and at the end the last one interactively, with its static twin. While it changes it is a
 * picture: JupyterLab draws no interactive figure a second time. Without a notebook (a script, a test) nothing is
 * drawn, and `end` still gives the last state. A picture that cannot be drawn does not stop the training: `end` says
 * so.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) when `perSecond` is not above 0 and at most 5
 * @example
 * ```ts
 * const live = liveFigure(tslab);
 * for (const history of histories) await live.update(trainingHistoryFigure(history));
 * await live.end();
 * ```
 */
export function liveFigure(notebook?: LiveNotebook, options: LiveFigureOptions = {}): LiveFigure {
  refuseUnknownOptions('liveFigure', options, liveOptions);
  return new LiveFigure(notebook, options);
}

/** What {@link liveFigure} returns. */
export class LiveFigure {
  /** How many pictures were drawn so far. */
  drawn = 0;
  readonly #notebook: LiveNotebook | undefined;
  readonly #pauseMs: number;
  readonly #now: () => number;
  readonly #render: (figure: Figure) => Promise<string>;
  #drawing: Promise<void> | undefined;
  #place: ReturnType<LiveNotebook['newDisplay']> | undefined;
  #latest: Figure | (() => Figure) | undefined;
  #drawnAt = -Infinity;
  #hangs = false;

  constructor(
    notebook: LiveNotebook | undefined,
    {
      perSecond = 5,
      now = () => performance.now(),
      render = (figure) => renderSvg(figure),
    }: LiveFigureOptions,
  ) {
    checkNumber('perSecond', perSecond, { above: 0, most: 5 });
    this.#notebook = notebook;
    this.#pauseMs = 1000 / perSecond;
    this.#now = now;
    this.#render = render;
  }

  /**
   * The newest state, or how to make it. Drawn at once if enough time has passed since the last picture; else only
   * kept. Wait for it, or do not: pictures never overlap.
   */
  async update(figure: Figure | (() => Figure)): Promise<void> {
    this.#latest = figure;
    if (!this.#notebook || this.#drawing || this.#now() - this.#drawnAt < this.#pauseMs) return;
    this.#drawing = this.#draw(this.#notebook, resolved(figure));
    await this.#drawing;
  }

  /**
   * Replaces the picture by the last state as an interactive figure with a static twin.
   *
   * @returns without a notebook the last state, if there was one; else nothing, so that a cell that ends in this call
   *   does not show the figure a second time as its result
   * @throws FigureRenderError (`ST_PLOTS_RENDER`) when plotly cannot draw it
   */
  async end(): Promise<Figure | undefined> {
    await this.#drawing;
    const figure = this.#latest && resolved(this.#latest);
    if (!figure) return undefined;
    this.#latest = undefined;
    this.#place?.text('');
    this.#place = undefined;
    this.#drawnAt = -Infinity;
    this.#hangs = false;
    if (!this.#notebook) return figure;
    await showFigure(this.#notebook.display, figure);
    return undefined;
  }

  async #draw(notebook: LiveNotebook, figure: Figure): Promise<void> {
    try {
      const picture = await this.#render(figure);
      this.#place ??= notebook.newDisplay();
      this.#place.svg(picture);
      this.drawn += 1;
    } catch (error) {
      // The training goes on; `end` draws the same figure again and throws. One that hangs would hold up each update.
      this.#hangs = error instanceof FigureTimeoutError;
    } finally {
      this.#drawnAt = this.#hangs ? Infinity : this.#now(); // drawing takes time itself: the pause counts from its end
      this.#drawing = undefined;
    }
  }
}

function resolved(figure: Figure | (() => Figure)): Figure {
  return typeof figure === 'function' ? figure() : figure;
}
