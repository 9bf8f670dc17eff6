/** The curve of a training run: loss and accuracy by epoch. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, palette, percent, wordsIn, type Figure, type FigureLanguage } from './figure.ts';
import { lineTrace } from './series.ts';

const trainingWords = {
  en: {
    title: 'Training, epoch by epoch',
    epoch: 'epoch',
    loss: 'loss',
    lossAxis: 'loss (nats a row)',
    validationLoss: 'validation loss',
    accuracy: 'accuracy',
    accuracyAxis: 'accuracy (%)',
  },
  zh: {
    title: '训练过程',
    epoch: '轮次（epoch）',
    loss: '损失',
    lossAxis: '损失（nat/行）',
    validationLoss: '验证损失',
    accuracy: '准确率',
    accuracyAxis: '准确率（%）',
  },
};

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
  /** The language of title, axes, legend and alt text. Default `en`. */
  language?: FigureLanguage;
}

/**
 * Draws loss (left axis) and accuracy (right axis, in percent) by epoch.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no epoch, lengths differ, or a number is not finite
 * @example
 * ```ts run
 * const figure = trainingHistoryFigure({ loss: [0.6, 0.3], accuracy: [0.7, 0.95] });
 * console.log(figure.data.map(({ name }) => name)); // [ 'loss', 'accuracy' ]
 * ```
 */
export function trainingHistoryFigure({
  loss,
  accuracy,
  validationLoss,
  title,
  language = 'en',
}: TrainingHistory): Figure {
  check(loss, accuracy, validationLoss);
  const words = wordsIn(trainingWords, language, 'The training history');
  const mode = loss.length > 30 ? 'lines' : 'lines+markers';
  const epochs = loss.map((_, index) => index + 1);
  const line = (name: string, y: readonly number[], color: string, dash: string, yaxis: string) =>
    lineTrace(name, epochs, y, { color, dash }, { mode, yaxis, marker: { color, size: 7 } });
  const data = [line(words.loss, loss, palette.blue, 'solid', 'y')];
  if (validationLoss) data.push(line(words.validationLoss, validationLoss, palette.green, 'dot', 'y'));
  if (accuracy) {
    const shares = accuracy.map((share) => 100 * share);
    data.push(line(words.accuracy, shares, palette.vermillion, 'dash', 'y2'));
  }
  return {
    data,
    layout: baseLayout(title ?? words.title, {
      xaxis: axis(words.epoch, { dtick: Math.ceil(epochs.length / 10) }),
      yaxis: axis(words.lossAxis, { rangemode: 'tozero' }),
      ...(accuracy && {
        yaxis2: axis(words.accuracyAxis, {
          overlaying: 'y',
          side: 'right',
          showgrid: false,
          tickmode: 'auto',
        }),
        margin: { l: 70, r: 100, t: 60, b: 60 }, // numbers like 77.5 push the title of the right axis out
      }),
      legend: { orientation: 'h', x: 0.5, xanchor: 'center', y: 1.1 },
    }),
    alt: (language === 'zh' ? describeInChinese : describe)(loss, accuracy, validationLoss),
  };
}

function check(
  loss: readonly number[],
  accuracy: readonly number[] | undefined,
  validationLoss: readonly number[] | undefined,
): void {
  const name = 'The training history';
  if (loss.length === 0) throw new FigureDataError({ figure: name, problem: 'it has no epoch; train first' });
  if (accuracy && accuracy.length !== loss.length) {
    throw new FigureDataError({
      figure: name,
      problem: `${loss.length} losses but ${accuracy.length} accuracies`,
    });
  }
  if (validationLoss && validationLoss.length !== loss.length) {
    throw new FigureDataError({
      figure: name,
      problem: `${loss.length} losses but ${validationLoss.length} validation losses`,
    });
  }
  for (const series of [loss, accuracy ?? [], validationLoss ?? []]) {
    const index = series.findIndex((value) => !Number.isFinite(value));
    if (index >= 0)
      throw new FigureDataError({
        figure: name,
        problem: `epoch ${index + 1} has the value ${series[index]}`,
      });
  }
}

/** The first and the last. */
function ends(values: readonly number[]): readonly [number, number] {
  return [values[0]!, values[values.length - 1]!];
}

/** The epoch with the lowest loss, from 1, and that loss. */
function lowestOf(losses: readonly number[]): readonly [number, number] {
  const lowest = losses.reduce((least, value) => Math.min(least, value), Infinity);
  return [losses.indexOf(lowest) + 1, lowest];
}

function describeInChinese(
  loss: readonly number[],
  accuracy: readonly number[] | undefined,
  validationLoss: readonly number[] | undefined,
): string {
  const [firstLoss, lastLoss] = ends(loss);
  const parts = [`${loss.length} 个轮次中，损失从 ${firstLoss.toFixed(3)} 变为 ${lastLoss.toFixed(3)}`];
  if (accuracy) parts.push(`准确率从 ${ends(accuracy).map(percent).join(' 变为 ')}`.replaceAll(' %', '%'));
  if (validationLoss) {
    const [epoch, lowest] = lowestOf(validationLoss);
    parts.push(
      `验证损失在第 ${epoch} 轮最低（${lowest.toFixed(3)}），最后为 ${ends(validationLoss)[1].toFixed(3)}`,
    );
  }
  return `${parts.join('，')}。`;
}

function describe(
  loss: readonly number[],
  accuracy: readonly number[] | undefined,
  validationLoss: readonly number[] | undefined,
): string {
  const [firstLoss, lastLoss] = ends(loss);
  const parts = [
    `Over ${loss.length} epochs the loss goes from ${firstLoss.toFixed(3)} to ${lastLoss.toFixed(3)}`,
  ];
  if (accuracy) {
    const [first, last] = ends(accuracy);
    parts.push(`the accuracy from ${percent(first)} to ${percent(last)}`);
  }
  if (validationLoss) {
    const [epoch, lowest] = lowestOf(validationLoss);
    parts.push(
      `the validation loss is lowest in epoch ${epoch} (${lowest.toFixed(3)}) and ends at ${ends(validationLoss)[1].toFixed(3)}`,
    );
  }
  return `${parts.join(', ')}.`;
}
