/** A figure that is drawn anew under a cell while the cell trains. */
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
}

/**
 * A figure that changes in place: hand it the newest specification as often as you like, it draws at most
 * `perSecond` of them, and at the end the last one interactively, with its static twin. While it changes it is a
 * picture: JupyterLab draws no interactive figure a second time.
 *
 * @example
 * ```ts
 * const live = liveFigure(tslab);
 * for await (const { rows, accuracy } of training) await live.update(trainingHistoryFigure(history));
 * await live.end();
 * ```
 */
export function liveFigure(notebook: LiveNotebook, options: LiveFigureOptions = {}): LiveFigure {
  return new LiveFigure(notebook, options);
}

/** What {@link liveFigure} returns. */
export class LiveFigure {
  /** How many pictures were drawn so far. */
  drawn = 0;
  readonly #notebook: LiveNotebook;
  readonly #pauseMs: number;
  readonly #now: () => number;
  #place: ReturnType<LiveNotebook['newDisplay']> | undefined;
  #latest: Figure | undefined;
  #drawnAt = -Infinity;

  constructor(notebook: LiveNotebook, { perSecond = 5, now = () => performance.now() }: LiveFigureOptions) {
    this.#notebook = notebook;
    this.#pauseMs = 1000 / perSecond;
    this.#now = now;
  }

  /** The newest state. Drawn at once if enough time has gone by since the last picture; else only kept. */
  async update(figure: Figure): Promise<void> {
    this.#latest = figure;
    if (this.#now() - this.#drawnAt < this.#pauseMs) return;
    this.#drawnAt = this.#now();
    const picture = await renderSvg(figure);
    this.#place ??= this.#notebook.newDisplay();
    this.#place.svg(picture);
    this.drawn += 1;
    // Drawing takes time itself; the pause counts from its end.
    this.#drawnAt = this.#now();
  }

  /** Replaces the picture by the last state as an interactive figure with a static twin. Nothing if there was none. */
  async end(): Promise<void> {
    const figure = this.#latest;
    if (!figure) return;
    this.#latest = undefined;
    this.#place?.text('');
    this.#place = undefined;
    this.#drawnAt = -Infinity;
    await showFigure(this.#notebook.display, figure);
  }
}
