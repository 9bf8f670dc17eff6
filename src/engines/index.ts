/** Engines beside Kafka, for real: fetched on request, started on this machine, ended with their program: `streamtrain/engines`. */
export { engineNames, engineParts, fetchEngine, startEngineByName } from './catalog.ts';
export type { EngineName } from './catalog.ts';
export type { FetchOptions, PartsOptions, PartsStatus } from './parts.ts';
export { Engine } from './engine.ts';
export type { StartEngineOptions } from './engine.ts';
export { defaultEngineFolder, findRunningEngine, stopRunningEngine } from './running.ts';
export type { RunningEngine } from './running.ts';
export { Flink, startFlink } from './flink/start.ts';
export type { StartFlinkOptions } from './flink/start.ts';
export { readStreamAnalyticsProject } from './azure/project.ts';
export type { EventHubPlace, StreamAnalyticsProject } from './azure/project.ts';
export { streamAnalyticsWindowEnd, type StreamAnalyticsWindow } from './azure/query.ts';
export * from './errors.ts';
