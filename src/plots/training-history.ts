/** The curve of a training run: loss and accuracy by epoch. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { translated } from '../language.ts';
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, palette, percent, type Figure, type FigureLanguageOption } from './figure.ts';
import { checkShares, lineTrace } from './series.ts';

const wordsIn = translated({
  en: {
    title: 'Training, epoch by epoch',
    epoch: 'epoch',
    loss: 'loss',
    lossAxis: 'loss (nats a row)',
    validationLoss: 'validation loss',
    accuracy: 'accuracy',
    accuracyAxis: 'accuracy (%)',
    lossGoes: (epochs: number, first: string, last: string) =>
      `Over ${epochs} epochs the loss goes from ${first} to ${last}`,
    accuracyGoes: (first: number, last: number) => `the accuracy from ${percent(first)} to ${percent(last)}`,
    validationGoes: (epoch: number, lowest: string, last: string) =>
      `the validation loss is lowest in epoch ${epoch} (${lowest}) and ends at ${last}`,
    between: ', ',
    end: '.',
  },
  zh: {
    title: '训练过程',
    epoch: '轮次（epoch）',
    loss: '损失',
    lossAxis: '损失（nat/行）',
    validationLoss: '验证损失',
    accuracy: '准确率',
    accuracyAxis: '准确率（%）',
    lossGoes: (epochs, first, last) => `${epochs} 个轮次中，损失从 ${first} 变为 ${last}`,
    accuracyGoes: (first, last) => `准确率从 ${percent(first, '%')} 变为 ${percent(last, '%')}`,
    validationGoes: (epoch, lowest, last) => `验证损失在第 ${epoch} 轮最低（${lowest}），最后为 ${last}`,
    between: '，',
    end: '。',
  },
});

/** One number an epoch; `history.history` of tfjs fits once its names are given. */
export interface TrainingHistory extends FigureLanguageOption {
  /** Mean loss of each epoch. */
  loss: readonly number[];
  /** Share of rows classified rightly in each epoch, 0 to 1. */
  accuracy?: readonly number[];
  /** Mean loss of each epoch on rows that were not trained on. */
  validationLoss?: readonly number[];
  /** Default: `Training, epoch by epoch`. */
  title?: string;
}

/** What the history of a batch training has beside is not drawn; a name of another library's would be passed over. */
const known: OptionNames<TrainingHistory> & { readonly [name: string]: true } = {
  ...{ loss: true, accuracy: true, validationLoss: true, title: true, language: true },
  ...{ epochs: true, bestEpoch: true, ended: true },
};

/**
 * Draws loss (left axis) and accuracy (right axis, in percent) by epoch.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no epoch, lengths differ, a number is not finite, or an accuracy is no
 *   share from 0 to 1
 * @example
 * ```ts run
 * const figure = trainingHistoryFigure({ loss: [0.6, 0.3], accuracy: [0.7, 0.95] });
 * console.log(figure.data.map(({ name }) => name)); // [ 'loss', 'accuracy' ]
 * ```
 */
export function trainingHistoryFigure(history: TrainingHistory): Figure {
  refuseUnknownOptions('trainingHistoryFigure', history, known);
  check(history);
  const { loss, accuracy, validationLoss, title, language } = history;
  const words = wordsIn(language);
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
    alt: describe(words, { loss, accuracy, validationLoss }),
  };
}

function check({ loss, accuracy, validationLoss }: TrainingHistory): void {
  const figure = 'The training history';
  if (loss.length === 0) throw new FigureDataError({ figure, problem: 'it has no epoch; train first' });
  for (const [what, series] of Object.entries({
    losses: loss,
    accuracies: accuracy,
    'validation losses': validationLoss,
  })) {
    if (series === undefined) continue;
    if (series.length !== loss.length)
      throw new FigureDataError({ figure, problem: `${loss.length} losses but ${series.length} ${what}` });
    const index = series.findIndex((value) => !Number.isFinite(value));
    if (index >= 0)
      throw new FigureDataError({ figure, problem: `epoch ${index + 1} has the value ${series[index]}` });
  }
  checkShares(figure, accuracy ?? []);
}

function describe(
  words: ReturnType<typeof wordsIn>,
  { loss, accuracy, validationLoss }: Pick<TrainingHistory, 'loss' | 'accuracy' | 'validationLoss'>,
): string {
  const number = (value: number | undefined) => value!.toFixed(3);
  const parts = [words.lossGoes(loss.length, number(loss[0]), number(loss.at(-1)))];
  if (accuracy) parts.push(words.accuracyGoes(accuracy[0]!, accuracy.at(-1)!));
  if (validationLoss) {
    const lowest = validationLoss.reduce((least, value) => Math.min(least, value), Infinity);
    const epoch = validationLoss.indexOf(lowest) + 1;
    parts.push(words.validationGoes(epoch, number(lowest), number(validationLoss.at(-1))));
  }
  return parts.join(words.between) + words.end;
}
