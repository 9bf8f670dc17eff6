/** Which figures can be drawn offline and without a browser: the others would come out empty, or never. */
import { FigureRenderError, FigureSourceError } from './errors.ts';
import type { Figure, Json, JsonObject } from './figure.ts';

const words = (text: string) => text.split(' ');

/** Types of traces that plotly draws as SVG. */
const drawable = new Set(
  words(
    'scatter bar box violin histogram pie funnel funnelarea waterfall scatterpolar barpolar scatterternary scattersmith ' +
      'sankey treemap sunburst icicle indicator table candlestick ohlc carpet contourcarpet scattercarpet contour ' +
      'histogram2dcontour parcats',
  ),
);

/** What the others need. */
const needs = new Map<string, string>([
  ...words('heatmap histogram2d image').map((type) => [type, 'a canvas'] as const),
  ...words(
    'scattergl splom scatterpolargl parcoords surface mesh3d scatter3d cone streamtube volume isosurface heatmapgl ' +
      'pointcloud',
  ).map((type) => [type, 'WebGL'] as const),
  ...words(
    'scattergeo choropleth scattermap choroplethmap densitymap scattermapbox choroplethmapbox densitymapbox',
  ).map((type) => [type, 'maps from a network'] as const),
]);

/**
 * @throws FigureSourceError (`ST_PLOTS_SOURCE`) for a picture that is no `data:` URL: plotly would wait for it without end;
 *   FigureRenderError (`ST_PLOTS_RENDER`) for a trace that needs more than SVG, or whose type plotly does not know
 */
export function refuseUndrawable({ data, layout }: Figure): void {
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
    throw new FigureRenderError(new Error(`trace ${i} is of the type ${type}, which ${why}`));
  }
}

function checkSource(part: string, source: Json | undefined): void {
  if (typeof source === 'string' && source !== '' && !source.startsWith('data:'))
    throw new FigureSourceError(part, source);
}

/** The types of a figure's traces, each once. */
export const typesOf = (data: readonly JsonObject[]): string[] => [
  ...new Set(data.map(({ type }) => (typeof type === 'string' ? type : 'scatter'))),
];
