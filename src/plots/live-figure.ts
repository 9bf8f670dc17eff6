/** A figure that is drawn anew under a cell while the cell trains. */
import { FigureDataError, FigureTimeoutError } from './errors.ts';
import type { Figure } from './figure.ts';
import { renderSvg } from './render.ts';
import { showFigure, type FigureDisplay } from './show.ts';

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

/**
 * A figure that changes in place: hand it the newest specification as often as you like, it draws at most
 * `perSecond` of them, and at the end the last one interactively, with its static twin. While it changes it is a
 * picture: JupyterLab draws no interactive figure a second time. Without a notebook (a script, a test) nothing is
 * drawn, and `end` still gives the last state. A picture that cannot be drawn does not stop the training: `end` says
 * so.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when `perSecond` is not above 0 and at most 5
 * @example
 * ```ts
 * const live = liveFigure(tslab);
 * for await (const { rows, accuracy } of training) await live.update(trainingHistoryFigure(history));
 * await live.end();
 * ```
 */
export function liveFigure(notebook?: LiveNotebook, options: LiveFigureOptions = {}): LiveFigure {
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
    if (!(perSecond > 0 && perSecond <= 5)) {
      throw new FigureDataError(
        'The live figure',
        `${perSecond} pictures a second is not above 0 and at most 5`,
      );
    }
    this.#notebook = notebook;
    this.#pauseMs = 1000 / perSecond;
    this.#now = now;
    this.#render = render;
  }

  /**
   * The newest state, or how to make it. Drawn at once if enough time has gone by since the last picture; else only
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
      // The training goes on; `end` draws the same figure again and tells. One that hangs would hold up each update.
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
