/** A figure as a picture, drawn offline without a browser. */
import { FigureRenderError } from './errors.ts';
import type { Figure } from './figure.ts';
import { plotlyWindow } from './plotly-window.ts';

/** What stands in for Helvetica and Arial where they are not installed. */
const sansSerifFamily = process.platform === 'linux' ? 'DejaVu Sans' : 'Arial';

let queue: Promise<unknown> = Promise.resolve();

/**
 * Draws a figure as SVG with its alt text as `<title>`. Not for heat maps and WebGL traces, which need a canvas. The first call takes about a second, later ones some 50 ms.
 *
 * @throws FigureRenderError (`ST_PLOTS_RENDER`) when plotly refuses the figure
 * @example
 * ```ts
 * const svg = await renderSvg(classBalanceFigure({ benign: 458, malignant: 241 }));
 * ```
 */
export function renderSvg(figure: Figure): Promise<string> {
  const drawn = queue.then(() => draw(figure)); // one after the other: they share a window
  queue = drawn.catch(() => undefined);
  return drawn;
}

/**
 * Draws a figure as PNG.
 *
 * @param options `scale`: pixels for each pixel of the layout; default 2
 * @returns the file's bytes
 * @throws FigureRenderError (`ST_PLOTS_RENDER`) when plotly refuses the figure
 */
export async function renderPng(figure: Figure, { scale = 2 }: { scale?: number } = {}): Promise<Uint8Array> {
  const svg = await renderSvg(figure);
  const { Resvg } = await import('@resvg/resvg-js');
  return new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { sansSerifFamily, defaultFontFamily: sansSerifFamily },
  })
    .render()
    .asPng();
}

async function draw({ data, layout, alt }: Figure): Promise<string> {
  const { plotly, document } = await plotlyWindow();
  const element = document.createElement('div');
  document.body.append(element);
  try {
    // Copies, because plotly writes into what it is given; names, because it would draw random ones.
    const traces = data.map((trace, index) => ({ uid: `trace${index}`, ...structuredClone(trace) }));
    await plotly.newPlot(element, traces, structuredClone(layout));
    const svg = await plotly.toImage(element, { format: 'svg', imageDataOnly: true });
    return svg.replace(/^(<svg[^>]*>)/, `$1<title>${escapeXml(alt)}</title>`);
  } catch (error) {
    throw new FigureRenderError(error);
  } finally {
    plotly.purge(element);
    element.remove();
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
