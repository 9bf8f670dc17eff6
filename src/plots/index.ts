/** The plots room's public face: plain data in, plotly specifications out. */

export * from './errors.ts';
export { palette, themed } from './figure.ts';
export type { Figure, FigureLanguageOption, Json, JsonObject, Theme } from './figure.ts';
export { useLanguage, type Language } from '../language.ts';
export { trainingHistoryFigure, type TrainingHistory } from './training-history.ts';
export { confusionMatrixFigure, correlationFigure } from './matrices.ts';
export type { ConfusionMatrixOptions, CorrelationOptions } from './matrices.ts';
export { classBalanceFigure, featureDistributionsFigure } from './distributions.ts';
export type { FeatureDistributionsOptions, FeatureValues } from './distributions.ts';
export { prequentialFigure, type PrequentialFigureOptions, type PrequentialSeries } from './prequential.ts';
export { precisionRecallFigure, rocFigure, type OneOrMoreScored } from './score-figures.ts';
export { calibrationFigure, type CalibrationFigureOptions } from './calibration.ts';
export { calibrationBins, precisionRecallCurve, rocCurve } from './scored-rows.ts';
export type { CalibrationBin, Curve, ScoredRows } from './scored-rows.ts';
export { runsFigure, type NamedRuns, type RunsFigureOptions } from './runs.ts';
export { lagFigure, throughputFigure, type LagSeries, type ThroughputSeries } from './reader-figures.ts';
export { versionsFigure, type VersionsSeries } from './versions.ts';
export type { NamedSeries } from './series.ts';
export { flowSvg, streamingArchitecture, type Flow, type FlowBox } from './flow.ts';
export { renderPng, renderSvg, type RenderPngOptions, type RenderSvgOptions } from './render.ts';
export { LiveFigure, PLOTLY_MIME, figureBundle, liveFigure, showFigure } from './show.ts';
export type { FigureDisplay, LiveFigureOptions, LiveNotebook, ShowFigureOptions } from './show.ts';
