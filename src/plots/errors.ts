/** What can go wrong when a figure is made. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** The numbers given do not make this figure. */
export class FigureDataError extends StreamTrainError {
  readonly code = 'ST_PLOTS_DATA';
  readonly figure: string;

  constructor(figure: string, problem: string) {
    super(`${figure} cannot be drawn: ${problem}.`);
    this.figure = figure;
  }
}

/** plotly.js could not draw a figure without a browser. */
export class FigureRenderError extends StreamTrainError {
  readonly code = 'ST_PLOTS_RENDER';

  constructor(cause: unknown) {
    super(
      `plotly.js could not draw the figure: ${messageOf(cause)}. Check its data and layout against ` +
        'https://plotly.com/javascript/reference.',
      { cause },
    );
  }
}

/** A figure has a picture that is not in it but somewhere else. */
export class FigureSourceError extends StreamTrainError {
  readonly code = 'ST_PLOTS_SOURCE';
  /** Where the picture is said to be. */
  readonly source: string;

  constructor(part: string, source: string) {
    const shown = source.length > 100 ? `${source.slice(0, 100)}...` : source;
    super(
      `The figure's ${part} has its picture at "${shown}". Figures are drawn offline: put the picture itself there, as ` +
        '"data:image/png;base64,...".',
    );
    this.source = source;
  }
}

/** plotly.js began to draw a figure and did not come to an end. */
export class FigureTimeoutError extends StreamTrainError {
  readonly code = 'ST_PLOTS_TIMEOUT';
  /** How long it was waited for, in ms. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number, types: readonly string[]) {
    super(
      `The figure (${types.join(', ')}) was not drawn within ${timeoutMs / 1000} s: it waits for something that is not ` +
        'there without a browser or a network, such as a map or a picture. Show it interactively only, or leave that out.',
    );
    this.timeoutMs = timeoutMs;
  }
}
