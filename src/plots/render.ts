/** A figure as a picture, drawn offline without a browser. */
import { setTimeout as pause } from 'node:timers/promises';
import { checkNumber, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { FigureRenderError, FigureSourceError, FigureTimeoutError } from './errors.ts';
import { plainText, type Figure, type Json, type JsonObject } from './figure.ts';
import { plotlyWindow } from './plotly-window.ts';
import { pngOf } from './png.ts';

/** Options of {@link renderSvg}. */
export interface RenderSvgOptions {
  /** A figure that is not drawn after this time, in ms, is given up. Default 9,000. */
  timeoutMs?: number;
}

const svgOptions: OptionNames<RenderSvgOptions> = { timeoutMs: true };

const TIMEOUT_MS = 9_000;
/** A figure that takes longer lets the next one begin. */
const TURN_MS = 500;
/** Time is looked at so often, and no look counts for more than five of them: a busy processor is no figure that hangs. */
const TICK_MS = 50;

let queue: Promise<unknown> = Promise.resolve();

/**
 * Draws a figure as SVG with its alt text as `<title>`. Not for heat maps and WebGL traces, which need a canvas, nor for
 * pictures and maps that lie elsewhere. The first call takes about a second, later ones some 50 ms.
 *
 * @throws FigureRenderError (`ST_PLOTS_RENDER`) when plotly refuses the figure; FigureSourceError (`ST_PLOTS_SOURCE`) when a
 *   picture in it is no `data:` URL; FigureTimeoutError (`ST_PLOTS_TIMEOUT`) when it is not drawn within `timeoutMs`, in
 *   which other figures are drawn
 * @example
 * ```ts run
 * const svg = await renderSvg(classBalanceFigure({ benign: 458, malignant: 241 }));
 * console.log(svg); // <svg ...</svg>
 * ```
 */
export async function renderSvg(figure: Figure, options: RenderSvgOptions = {}): Promise<string> {
  refuseUnknownOptions('renderSvg', options, svgOptions);
  const timeoutMs = checkNumber('timeoutMs', options.timeoutMs ?? TIMEOUT_MS, { above: 0, most: Infinity });
  refuseUndrawable(figure);
  // One after the other, as they share a window; but none waits long for one that hangs.
  const turn = queue;
  const drawn = turn.then(() => draw(figure, timeoutMs));
  queue = turn.then(() => orNothing(drawn, TURN_MS)).catch(() => undefined);
  return drawn;
}

/** Options of {@link renderPng}. */
export interface RenderPngOptions {
  /** Pixels for each pixel of the layout. Default 2. */
  scale?: number;
}

const pngOptions: OptionNames<RenderPngOptions> = { scale: true };

/**
 * Draws a figure as PNG. Text is there on machines without fonts, too: DejaVu Sans comes with the library, and for Chinese the
 * common characters of Noto Sans SC. What no font here has, Korean say, is named in a warning (`process.on('warning')`), with
 * the cure.
 *
 * @returns the file's bytes
 * @throws FigureRenderError (`ST_PLOTS_RENDER`) when plotly refuses the figure; and as {@link renderSvg}
 */
export async function renderPng(figure: Figure, options: RenderPngOptions = {}): Promise<Uint8Array> {
  refuseUnknownOptions('renderPng', options, pngOptions);
  const scale = checkNumber('scale', options.scale ?? 2, { above: 0, most: 16 });
  return pngOf(await renderSvg(figure), { scale });
}

async function draw({ data, layout, alt }: Figure, timeoutMs: number): Promise<string> {
  const { plotly, document } = await plotlyWindow();
  const element = document.createElement('div');
  document.body.append(element);
  try {
    // Copies, because plotly writes into what it is given; names, because it would draw random ones.
    const traces = data.map((trace, index) => ({ uid: `trace${index}`, ...structuredClone(trace) }));
    const image = async () => {
      await plotly.newPlot(element, traces, structuredClone(layout));
      return plotly.toImage(element, { format: 'svg', imageDataOnly: true });
    };
    const svg = await orNothing(image(), timeoutMs);
    if (svg === undefined) throw new FigureTimeoutError({ timeoutMs, types: typesOf(data) });
    return svg.replace(/^(<svg[^>]*>)/, `$1<title>${plainText(alt)}</title>`);
  } catch (error) {
    throw error instanceof FigureTimeoutError ? error : new FigureRenderError({ cause: error });
  } finally {
    plotly.purge(element);
    element.remove();
  }
}

/** What work gives, or undefined if it takes longer; what comes of it then is nobody's. */
async function orNothing<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const tooLong = async () => {
    let [waited, last] = [0, performance.now()];
    while (waited < ms && !signal.aborted) {
      await pause(TICK_MS);
      const now = performance.now();
      waited += Math.min(now - last, 5 * TICK_MS);
      last = now;
    }
    return undefined;
  };
  work.catch(() => undefined);
  try {
    return await Promise.race([work, tooLong()]);
  } finally {
    waiting.abort();
  }
}

const listed = (text: string) => text.split(' ');

/** Types of traces that plotly draws as SVG. */
const drawable = new Set(
  listed(
    'scatter bar box violin histogram pie funnel funnelarea waterfall scatterpolar barpolar scatterternary scattersmith ' +
      'sankey treemap sunburst icicle indicator table candlestick ohlc carpet contourcarpet scattercarpet contour ' +
      'histogram2dcontour parcats',
  ),
);

/** What the others need. */
const needs = new Map<string, string>([
  ...listed('heatmap histogram2d image').map((type) => [type, 'a canvas'] as const),
  ...listed(
    'scattergl splom scatterpolargl parcoords surface mesh3d scatter3d cone streamtube volume isosurface heatmapgl ' +
      'pointcloud',
  ).map((type) => [type, 'WebGL'] as const),
  ...listed(
    'scattergeo choropleth scattermap choroplethmap densitymap scattermapbox choroplethmapbox densitymapbox',
  ).map((type) => [type, 'maps from a network'] as const),
]);

/**
 * @throws FigureSourceError (`ST_PLOTS_SOURCE`) for a picture that is no `data:` URL: plotly would wait for it without end;
 *   FigureRenderError (`ST_PLOTS_RENDER`) for a trace that needs more than SVG, or whose type plotly does not know
 */
function refuseUndrawable({ data, layout }: Figure): void {
  const { images } = layout;
  for (const [i, image] of (Array.isArray(images)
    ? (images as readonly (JsonObject | null)[])
    : []
  ).entries())
    checkSource(`image ${i} of the layout`, image?.['source']);
  for (const [i, trace] of data.entries()) {
    const type = typeof trace['type'] === 'string' ? trace['type'] : 'scatter';
    if (type === 'image') checkSource(`trace ${i}`, trace['source']);
    if (drawable.has(type)) continue;
    const need = needs.get(type);
    const why =
      need === undefined ? 'is not known to it' : `needs ${need}, which there is not without a browser`;
    throw new FigureRenderError({ cause: new Error(`trace ${i} is of the type ${type}, which ${why}`) });
  }
}

function checkSource(part: string, source: Json | undefined): void {
  if (typeof source === 'string' && source !== '' && !source.startsWith('data:'))
    throw new FigureSourceError({ part, source });
}

/** The types of a figure's traces, each once. */
function typesOf(data: readonly JsonObject[]): string[] {
  return [...new Set(data.map(({ type }) => (typeof type === 'string' ? type : 'scatter')))];
}
