/** The curve of a training run: loss and accuracy by epoch. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, palette, percent, type Figure } from './figure.ts';

/** One number an epoch; `history.history` of tfjs fits once its names are given. */
export interface TrainingHistory {
  /** Mean loss of each epoch. */
  loss: readonly number[];
  /** Share of rows classified rightly in each epoch, 0 to 1. */
  accuracy?: readonly number[];
  /** Mean loss of each epoch on rows that were not trained on. */
  validationLoss?: readonly number[];
  /** Default: `Training, epoch by epoch`. */
  title?: string;
}

/**
 * Draws loss (left axis) and accuracy (right axis, in percent) by epoch.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no epoch, lengths differ, or a number is not finite
 * @example
 * ```ts
 * const figure = trainingHistoryFigure({ loss: [0.6, 0.3], accuracy: [0.7, 0.95] });
 * ```
 */
export function trainingHistoryFigure({
  loss,
  accuracy,
  validationLoss,
  title = 'Training, epoch by epoch',
}: TrainingHistory): Figure {
  check(loss, accuracy, validationLoss);
  const mode = loss.length > 30 ? 'lines' : 'lines+markers';
  const epochs = loss.map((_, index) => index + 1);
  const line = (name: string, y: number[], color: string, dash: string, yaxis: string) => ({
    type: 'scatter',
    mode,
    name,
    x: epochs,
    y,
    yaxis,
    line: { color, dash, width: 2 },
    marker: { color, size: 7 },
  });
  const data = [line('loss', [...loss], palette.blue, 'solid', 'y')];
  if (validationLoss) data.push(line('validation loss', [...validationLoss], palette.green, 'dot', 'y'));
  if (accuracy) {
    const shares = accuracy.map((share) => 100 * share);
    data.push(line('accuracy', shares, palette.vermillion, 'dash', 'y2'));
  }
  return {
    data,
    layout: baseLayout(title, {
      xaxis: axis('epoch', { dtick: Math.ceil(epochs.length / 10) }),
      yaxis: axis('loss (nats a row)', { rangemode: 'tozero' }),
      ...(accuracy && {
        yaxis2: axis('accuracy (%)', { overlaying: 'y', side: 'right', showgrid: false, tickmode: 'auto' }),
        margin: { l: 70, r: 100, t: 60, b: 60 }, // numbers like 77.5 push the title of the right axis out
      }),
      legend: { orientation: 'h', x: 0.5, xanchor: 'center', y: 1.1 },
    }),
    alt: describe(loss, accuracy, validationLoss),
  };
}

function check(
  loss: readonly number[],
  accuracy: readonly number[] | undefined,
  validationLoss: readonly number[] | undefined,
): void {
  const name = 'The training history';
  if (loss.length === 0) throw new FigureDataError(name, 'it has no epoch; train first');
  if (accuracy && accuracy.length !== loss.length) {
    throw new FigureDataError(name, `${loss.length} losses but ${accuracy.length} accuracies`);
  }
  if (validationLoss && validationLoss.length !== loss.length) {
    throw new FigureDataError(name, `${loss.length} losses but ${validationLoss.length} validation losses`);
  }
  for (const series of [loss, accuracy ?? [], validationLoss ?? []]) {
    const index = series.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) throw new FigureDataError(name, `epoch ${index + 1} has the value ${series[index]}`);
  }
}

function describe(
  loss: readonly number[],
  accuracy: readonly number[] | undefined,
  validationLoss: readonly number[] | undefined,
): string {
  const ends = (values: readonly number[]) => [values[0]!, values[values.length - 1]!] as const;
  const [firstLoss, lastLoss] = ends(loss);
  const parts = [
    `Over ${loss.length} epochs the loss goes from ${firstLoss.toFixed(3)} to ${lastLoss.toFixed(3)}`,
  ];
  if (accuracy) {
    const [first, last] = ends(accuracy);
    parts.push(`the accuracy from ${percent(first)} to ${percent(last)}`);
  }
  if (validationLoss) {
    const lowest = validationLoss.reduce((least, value) => Math.min(least, value), Infinity);
    const epoch = validationLoss.indexOf(lowest) + 1;
    parts.push(
      `the validation loss is lowest in epoch ${epoch} (${lowest.toFixed(3)}) and ends at ${ends(validationLoss)[1].toFixed(3)}`,
    );
  }
  return `${parts.join(', ')}.`;
}
