/** The words on figures, in the languages of the course. */
import { FigureDataError } from './errors.ts';

/** The languages that figures of chapter 1 speak: it is there in English and in Chinese. */
export type FigureLanguage = 'en' | 'zh';

const training = {
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

const confusion = {
  en: {
    title: 'Confusion matrix (rows)',
    predicted: 'predicted class',
    actual: 'actual class',
    hover: 'actual %{customdata[0]}<br>predicted %{customdata[1]}<br>%{text} rows<extra></extra>',
    recognised: (right: number, total: number, name: string) =>
      `${right} of ${total} rows of class ${name} were recognised`,
    between: '; ',
    end: '.',
  },
  zh: {
    title: '混淆矩阵（行数）',
    predicted: '预测类别',
    actual: '实际类别',
    hover: '实际：%{customdata[0]}<br>预测：%{customdata[1]}<br>%{text} 行<extra></extra>',
    recognised: (right: number, total: number, name: string) =>
      `“${name}”类的 ${total} 行中有 ${right} 行判断正确`,
    between: '；',
    end: '。',
  },
};

const words = { training, confusion };

/**
 * The words of a kind of figure.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) for a language that figures do not speak
 */
export function wordsOf<Kind extends keyof typeof words>(
  kind: Kind,
  figure: string,
  language: FigureLanguage,
): (typeof words)[Kind]['en'] {
  if (language !== 'en' && language !== 'zh')
    throw new FigureDataError(figure, `its language is "${String(language)}"; it speaks en and zh`);
  return words[kind][language];
}
