/** The install room's public face: what the scripts, Jupyter and the command line use. */
export { examine, healthLine, installChecks, isHealthy } from './doctor.ts';
export type { Health, HealthCheck, HealthReport } from './doctor.ts';
export {
  CacheError,
  ChecksumError,
  CommandError,
  DiskFullError,
  DownloadError,
  InstallError,
  NativeTensorFlowError,
  ToolMissingError,
} from './errors.ts';
export { cacheFolder, projectAt } from './folders.ts';
export type { CacheFolder, CacheFolderOptions, Project } from './folders.ts';
export { nativeTensorFlowStep } from './native-tensorflow.ts';
export type { NativeTensorFlowOptions } from './native-tensorflow.ts';
export { runSteps } from './steps.ts';
export type { OnProgress, Progress, Step, StepContext, StepOutcome, StepReport } from './steps.ts';
export { fetchTweets } from './tweets.ts';
export type { FetchTweetsOptions } from './tweets.ts';
export { pythonStep, venvPython } from './venv.ts';
