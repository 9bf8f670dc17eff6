/** Predictions over time, each in the colour of the model version that made it. */
import { translated } from '../language.ts';
import { FigureDataError } from './errors.ts';
import {
  axis,
  baseLayout,
  colors,
  plainText,
  type Figure,
  type FigureLanguageOption,
  type JsonObject,
} from './figure.ts';
import { checkClock, checkSeries, hues, lineLook, lineTrace, short } from './series.ts';
import { figureOptions, languageOption } from './figure-options.ts';

const wordsIn = translated({
  en: {
    title: 'Predictions, by the version that made them',
    time: 'time (s)',
    predictions: 'predictions so far',
    version: (number: string) => `version ${number}`,
    none: 'no checkpoint',
    markAt: (text: string) => `${text} at %{x:.1f} s<extra></extra>`,
    made: (version: string, count: string) => `${version} made ${count}`,
    alt: (total: string, seconds: string, made: readonly string[]) =>
      `${total} predictions in ${seconds} seconds: ${made.join(', ')}.`,
    mark: (text: string, seconds: string) => ` ${text} at ${seconds} s.`,
    more: '...',
  },
  zh: {
    title: '各模型版本做出的预测',
    time: '时间（秒）',
    predictions: '累计预测数',
    version: (number) => `版本 ${number}`,
    none: '无检查点',
    markAt: (text) => `${text}：%{x:.1f} 秒<extra></extra>`,
    made: (version, count) => `${version}：${count} 个`,
    alt: (total, seconds, made) => `${seconds} 秒内共有 ${total} 个预测：${made.join('，')}。`,
    mark: (text, seconds) => `${text}：第 ${seconds} 秒。`,
    more: '……',
  },
});

type Words = ReturnType<typeof wordsIn>;

/** Predictions in the order in which they came. */
export interface VersionsSeries {
  /** When each prediction came, in seconds on any clock; never falling. The figure counts from the first. */
  seconds: readonly number[];
  /** The version that made each of them, as `readPrediction` gives it; `null`: a model of no checkpoint. */
  versions: readonly (string | null)[];
  /** Moments on the same clock to be marked by an upright line, such as that of a version's refusal. */
  marks?: readonly { seconds: number; text: string }[];
}

/** A line has about so many points at most; what lies between two of them cannot be seen. */
const POINTS = 500;

/**
 * Draws how many predictions there are over time, in the colour of the version that made them. A change of versions is a
 * change of colour; where predictions had to wait, the line is level.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no prediction, lengths differ, or the clock goes back
 * @example
 * ```ts
 * const seen = { seconds: [] as number[], versions: [] as (string | null)[] };
 * for await (const { version } of fromKafka('predictions', { maxRecords: 1000 }).map(readPrediction)) {
 *   seen.seconds.push(performance.now() / 1000);
 *   seen.versions.push(version);
 * }
 * versionsFigure(seen);
 * ```
 */
export function versionsFigure(
  { seconds: clock, versions, marks: moments = [] }: VersionsSeries,
  options: FigureLanguageOption = {},
): Figure {
  const { language } = figureOptions('versionsFigure', options, languageOption);
  const words = wordsIn(language);
  check(clock, versions, moments);
  const seconds = clock.map((moment) => moment - clock[0]!);
  const marks = moments.map((mark) => ({ ...mark, seconds: mark.seconds - clock[0]! }));
  const lines = linesOf(words, seconds, versions);
  const names = [...lines.keys()];
  return {
    data: [
      ...names.map((name, index) => {
        const { x, y } = lines.get(name)!;
        const look = { ...lineLook(index, Math.floor(index / hues.length)), width: 4 };
        return { ...lineTrace(name, [], [], look), x, y };
      }),
      ...markTraces(words, marks, versions.length),
    ],
    layout: baseLayout(words.title, {
      xaxis: axis(words.time),
      yaxis: axis(words.predictions, { rangemode: 'tozero' }),
      showlegend: true,
      legend: { x: 1.02, xanchor: 'left', y: 1, yanchor: 'top' },
      margin: { l: 80, r: 160, t: 60, b: 60 },
    }),
    alt: describe(words, seconds, versions, marks),
  };
}

/** A version's line: numbers, with a gap wherever another version was at work. */
interface Line {
  readonly x: (number | null)[];
  readonly y: (number | null)[];
}

/** One line a version, by its name, in the order in which versions came. */
function linesOf(
  words: Words,
  seconds: readonly number[],
  versions: readonly (string | null)[],
): ReadonlyMap<string, Line> {
  const step = seconds.at(-1)! / POINTS;
  const lines = new Map<string, Line>();
  let drawnAt = -Infinity;
  for (const [at, version] of versions.entries()) {
    const name = versionName(words, version);
    const line: Line = lines.get(name) ?? { x: [], y: [] };
    lines.set(name, line);
    const isFirst = at === 0 || versions[at - 1] !== version;
    const isLast = at === versions.length - 1 || versions[at + 1] !== version;
    // The line begins where that of the version before has ended.
    if (isFirst && line.x.length > 0) push(line, null, null);
    if (isFirst) push(line, seconds[Math.max(0, at - 1)]!, at);
    if (!isFirst && !isLast && seconds[at]! - drawnAt < step) continue;
    push(line, seconds[at]!, at + 1);
    drawnAt = seconds[at]!;
  }
  return lines;
}

function push({ x, y }: Line, seconds: number | null, count: number | null): void {
  x.push(seconds);
  y.push(count);
}

/** Marks of one text are one trace, so that the legend names them once. */
function markTraces(words: Words, marks: NonNullable<VersionsSeries['marks']>, top: number): JsonObject[] {
  const texts = [...new Set(marks.map(({ text }) => text))];
  return texts.map((text, index) => {
    const at = marks.filter((mark) => mark.text === text).map(({ seconds }) => seconds);
    return {
      type: 'scatter',
      mode: 'lines',
      name: plainText(text),
      x: at.flatMap((moment) => [moment, moment, null]),
      y: at.flatMap(() => [0, top, null]),
      line: { color: colors.ink, width: 2, dash: index === 0 ? 'dot' : 'dash' },
      hovertemplate: words.markAt(plainText(text)),
    };
  });
}

/** `checkpoint-000000000007` is version 7 to whoever looks at a figure. */
function versionName(words: Words, version: string | null): string {
  if (version === null) return words.none;
  const number = /^checkpoint-0*(\d+)$/.exec(version)?.[1];
  return number === undefined ? version : words.version(number);
}

function check(
  seconds: readonly number[],
  versions: readonly (string | null)[],
  marks: NonNullable<VersionsSeries['marks']>,
): void {
  const figure = 'The figure of versions';
  checkSeries(figure, { seconds });
  if (marks.length > 0) checkSeries(figure, { marks: marks.map((mark) => mark.seconds) });
  if (versions.length !== seconds.length)
    throw new FigureDataError({
      figure,
      problem: `there are ${seconds.length} times but ${versions.length} versions`,
    });
  checkClock(figure, seconds);
}

function describe(
  words: Words,
  seconds: readonly number[],
  versions: readonly (string | null)[],
  marks: NonNullable<VersionsSeries['marks']>,
): string {
  const counts = new Map<string, number>();
  for (const version of versions) {
    const name = versionName(words, version);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const parts = [...counts].map(([name, count]) => words.made(name, count.toLocaleString('en-US')));
  const told = parts.length > 8 ? [...parts.slice(0, 8), words.more] : parts;
  const total = versions.length.toLocaleString('en-US');
  const events = marks.map(({ text, seconds: moment }) => words.mark(text, short(moment))).join('');
  return words.alt(total, short(seconds.at(-1)!), told) + events;
}
