/** Predictions over time, each in the colour of the model version that made it. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, colors, plainText, type Figure, type JsonObject } from './figure.ts';
import { checkSeries, hues, lineLook, lineTrace, short } from './series.ts';

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
export function versionsFigure({ seconds: clock, versions, marks: moments = [] }: VersionsSeries): Figure {
  check(clock, versions, moments);
  const seconds = clock.map((moment) => moment - clock[0]!);
  const marks = moments.map((mark) => ({ ...mark, seconds: mark.seconds - clock[0]! }));
  const lines = linesOf(seconds, versions);
  const names = [...lines.keys()];
  return {
    data: [
      ...names.map((name, index) => {
        const { x, y } = lines.get(name)!;
        const look = { ...lineLook(index, Math.floor(index / hues.length)), width: 4 };
        return { ...lineTrace(plainText(name), [], [], look), x, y };
      }),
      ...markTraces(marks, versions.length),
    ],
    layout: baseLayout('Predictions, by the version that made them', {
      xaxis: axis('time (s)'),
      yaxis: axis('predictions so far', { rangemode: 'tozero' }),
      showlegend: true,
      legend: { x: 1.02, xanchor: 'left', y: 1, yanchor: 'top' },
      margin: { l: 80, r: 160, t: 60, b: 60 },
    }),
    alt: describe(seconds, versions, marks),
  };
}

/** A version's line: numbers, with a gap wherever another version was at work. */
interface Line {
  readonly x: (number | null)[];
  readonly y: (number | null)[];
}

/** One line a version, by its name, in the order in which versions came. */
function linesOf(
  seconds: readonly number[],
  versions: readonly (string | null)[],
): ReadonlyMap<string, Line> {
  const step = seconds.at(-1)! / POINTS;
  const lines = new Map<string, Line>();
  let drawnAt = -Infinity;
  for (const [at, version] of versions.entries()) {
    const name = versionName(version);
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
function markTraces(marks: NonNullable<VersionsSeries['marks']>, top: number): JsonObject[] {
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
      hovertemplate: `${plainText(text)} at %{x:.1f} s<extra></extra>`,
    };
  });
}

/** `checkpoint-000000000007` is version 7 to whoever looks at a figure. */
function versionName(version: string | null): string {
  if (version === null) return 'no checkpoint';
  const number = /^checkpoint-0*(\d+)$/.exec(version)?.[1];
  return number === undefined ? version : `version ${number}`;
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
  const back = seconds.findIndex((moment, at) => at > 0 && moment < seconds[at - 1]!);
  if (back > 0) throw new FigureDataError({ figure, problem: `the clock goes back to ${seconds[back]} s` });
}

function describe(
  seconds: readonly number[],
  versions: readonly (string | null)[],
  marks: NonNullable<VersionsSeries['marks']>,
): string {
  const counts = new Map<string, number>();
  for (const version of versions) {
    const name = versionName(version);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const parts = [...counts].map(([name, count]) => `${name} made ${count.toLocaleString('en-US')}`);
  const told = parts.length > 8 ? [...parts.slice(0, 8), '...'] : parts;
  const total = versions.length.toLocaleString('en-US');
  const events = marks.map(({ text, seconds: moment }) => ` ${text} at ${short(moment)} s.`).join('');
  return `${total} predictions in ${short(seconds.at(-1)!)} seconds: ${told.join(', ')}.${events}`;
}
