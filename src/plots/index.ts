/** The plots room's public face: plain data in, plotly specifications out. */

export * from './errors.ts';
export { palette, type Figure, type Json, type JsonObject } from './figure.ts';
export type { FigureLanguage } from './language.ts';
export { trainingHistoryFigure, type TrainingHistory } from './training-history.ts';
export { confusionMatrixFigure, type ConfusionMatrixOptions } from './confusion-matrix.ts';
export { classBalanceFigure } from './class-balance.ts';
export {
  featureDistributionsFigure,
  type FeatureDistributionsOptions,
  type FeatureValues,
} from './feature-distributions.ts';
export { correlationFigure, type CorrelationOptions } from './correlation.ts';
export { prequentialFigure, type PrequentialFigureOptions, type PrequentialSeries } from './prequential.ts';
export { precisionRecallFigure, rocFigure, type OneOrMoreScored } from './score-curves.ts';
export { calibrationFigure } from './calibration.ts';
export { calibrationBins, precisionRecallCurve, rocCurve } from './scored-rows.ts';
export type { CalibrationBin, Curve, ScoredRows } from './scored-rows.ts';
export { runsFigure, type NamedRuns, type RunsFigureOptions } from './runs.ts';
export { lagFigure, type LagSeries } from './lag.ts';
export { throughputFigure, type ThroughputSeries } from './throughput.ts';
export type { NamedSeries } from './series.ts';
export { themed, type Theme } from './theme.ts';
export { flowSvg, streamingArchitecture, type Flow, type FlowBox } from './flow.ts';
export { renderPng, renderSvg, type RenderPngOptions, type RenderSvgOptions } from './render.ts';
export { PLOTLY_MIME, figureBundle, showFigure } from './show.ts';
export type { FigureDisplay, ShowFigureOptions } from './show.ts';
export { liveFigure, LiveFigure, type LiveNotebook, type LiveFigureOptions } from './live-figure.ts';
