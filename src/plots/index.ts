/** The plots room's public face: plain data in, plotly specifications out. */

export * from './errors.ts';
export { palette, type Figure, type Json, type JsonObject } from './figure.ts';
export { trainingHistoryFigure, type TrainingHistory } from './training-history.ts';
export { confusionMatrixFigure, type ConfusionMatrixOptions } from './confusion-matrix.ts';
export { classBalanceFigure } from './class-balance.ts';
export {
  featureDistributionsFigure,
  type FeatureDistributionsOptions,
  type FeatureValues,
} from './feature-distributions.ts';
export { correlationFigure, type CorrelationOptions } from './correlation.ts';
export { renderPng, renderSvg } from './render.ts';
export { PLOTLY_MIME, figureBundle, showFigure } from './show.ts';
export type { FigureDisplay, ShowFigureOptions } from './show.ts';
export { liveFigure, LiveFigure, type LiveNotebook, type LiveFigureOptions } from './live-figure.ts';
