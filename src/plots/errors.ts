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
