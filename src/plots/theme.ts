/** Light and dark looks of the same figure. */
import type { Figure, Json, JsonObject } from './figure.ts';
import { colors } from './figure.ts';

/** Which ground a figure stands on. */
export type Theme = 'light' | 'dark';

const dark = { ground: '#1B1F24', ink: '#E6E6E6', grid: '#3D444D' } as const;

/**
 * The figure on a dark ground (or, with `light`, unchanged). Marks keep their colours: the palette is readable on both.
 *
 * @example
 * ```ts
 * await showFigure(display, themed(classBalanceFigure({ benign: 458, malignant: 241 }), 'dark'));
 * ```
 */
export function themed(figure: Figure, theme: Theme): Figure {
  if (theme === 'light') return figure;
  const layout = Object.fromEntries(
    Object.entries(figure.layout).map(([name, value]) => [name, themedPart(name, value)]),
  );
  const data = figure.data.map((trace) => ({ ...trace, ...inked(trace, 'line'), ...inked(trace, 'marker') }));
  return { ...figure, data, layout };
}

function themedPart(name: string, value: Json): Json {
  if (name === 'paper_bgcolor' || name === 'plot_bgcolor') return dark.ground;
  if (name === 'font' && isObject(value)) return { ...value, color: dark.ink };
  if (/^[xy]axis\d*$/.test(name) && isObject(value)) return { ...value, gridcolor: dark.grid };
  if (name === 'shapes' && Array.isArray(value)) {
    return (value as readonly Json[]).map((shape) =>
      isObject(shape) ? { ...shape, ...inked(shape, 'line') } : shape,
    );
  }
  return value;
}

/** A part drawn in ink or in the colour of the ground takes the dark one's. */
function inked(of: JsonObject, part: string): JsonObject {
  const value = of[part];
  if (!isObject(value)) return {};
  if (value['color'] === colors.ink) return { [part]: { ...value, color: dark.ink } };
  if (value['color'] === colors.ground) return { [part]: { ...value, color: dark.ground } };
  return {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
