/** How the values of each feature are spread, class by class, as small bar charts in a grid. */
import { FigureDataError } from './errors.ts';
import { axis, baseLayout, palette, type Figure, type JsonObject } from './figure.ts';

/** For each feature, for each class, the values of its rows. */
export type FeatureValues = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** Options of {@link featureDistributionsFigure}. */
export interface FeatureDistributionsOptions {
  /** Small charts beside each other. Default 3. */
  columns?: number;
  title?: string;
}

/**
 * Draws, for each feature, what share of each class's rows has each value. Meant for few distinct values (grades,
 * counts, bins). Missing values (NaN) are left out.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no feature, no class, or an infinite value
 * @example
 * ```ts
 * const figure = featureDistributionsFigure({ Mitoses: { benign: [1, 1, 2], malignant: [1, 8, 10] } });
 * ```
 */
export function featureDistributionsFigure(
  values: FeatureValues,
  {
    columns = 3,
    title = 'Values of each feature (share of the class’s rows)',
  }: FeatureDistributionsOptions = {},
): Figure {
  const features = Object.keys(values);
  const classes = [...new Set(features.flatMap((feature) => Object.keys(values[feature]!)))];
  if (features.length === 0 || classes.length === 0)
    throw new FigureDataError('The feature distributions', 'there is no feature or no class');
  const colors = [palette.blue, palette.vermillion, palette.green, palette.orange, palette.sky];
  const data = features.flatMap((feature, place) =>
    classes.map((name, index) => {
      const { x, y } = shares(feature, values[feature]![name] ?? []);
      const color = colors[index % colors.length]!;
      return {
        ...{ type: 'bar', name, legendgroup: name, showlegend: place === 0, x, y, marker: { color } },
        ...{ xaxis: `x${place + 1}`, yaxis: `y${place + 1}` },
        hovertemplate: `${feature} %{x}<br>%{y:.1%} of ${name}<extra></extra>`,
      };
    }),
  );
  const rows = Math.ceil(features.length / columns);
  const axes: Record<string, JsonObject> = {};
  features.forEach((_, place) => {
    axes[`xaxis${place + 1}`] = axis('');
    axes[`yaxis${place + 1}`] = axis('', { tickformat: ',.0%', rangemode: 'tozero', nticks: 4 });
  });
  // Annotations, not axis titles: those of a grid are placed by measuring text, which only a browser can.
  const titles = features.map((feature, place) => ({
    ...{ text: feature, showarrow: false, font: { size: 12 } },
    ...{ x: 0, xanchor: 'left', xref: `x${place + 1} domain` },
    ...{ y: 1.02, yanchor: 'bottom', yref: `y${place + 1} domain` },
  }));
  return {
    data,
    layout: baseLayout(title, {
      width: 760,
      height: 90 + 160 * rows,
      margin: { l: 50, r: 20, t: 110, b: 40 },
      legend: { orientation: 'h', x: 0, y: 1 + 0.2 / rows, yanchor: 'bottom' },
      grid: { rows, columns, pattern: 'independent', xgap: 0.2, ygap: 0.35 },
      barmode: 'group',
      annotations: titles,
      ...axes,
    }),
    alt: `How ${features.length} features are spread in the classes ${classes.join(' and ')}: ${features.map((feature) => describe(feature, values[feature]!)).join('; ')}.`,
  };
}

/** Each distinct value, and the share of the rows that has it. */
function shares(feature: string, values: readonly number[]): { x: number[]; y: number[] } {
  const present = values.filter((value) => !Number.isNaN(value));
  const infinite = present.find((value) => !Number.isFinite(value));
  if (infinite !== undefined)
    throw new FigureDataError('The feature distributions', `${feature} has the value ${infinite}`);
  const x = [...new Set(present)].sort((a, b) => a - b);
  return { x, y: x.map((value) => present.filter((each) => each === value).length / present.length) };
}

function describe(feature: string, byClass: Readonly<Record<string, readonly number[]>>): string {
  const medians = Object.entries(byClass).map(([name, values]) => {
    const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    return `${name} median ${sorted[Math.floor(sorted.length / 2)] ?? 'none'}`;
  });
  return `${feature}: ${medians.join(', ')}`;
}
