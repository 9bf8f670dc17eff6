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
  MavenAddressError,
  NativeTensorFlowError,
  ToolMissingError,
  UserProjectError,
} from './errors.ts';
export { cacheFolder, isClone, ownFolder, projectAt } from './folders.ts';
export type { CacheFolder, CacheFolderOptions, Project } from './folders.ts';
export { nativeTensorFlowStep } from './native-tensorflow.ts';
export type { NativeTensorFlowOptions } from './native-tensorflow.ts';
export { runSteps } from './steps.ts';
export type { OnProgress, Progress, Step, StepContext, StepOutcome, StepReport } from './steps.ts';
export { fetchTweets } from './tweets.ts';
export type { FetchTweetsOptions } from './tweets.ts';
export { findNpm } from './npm.ts';
export { packagesStep, partNames, partsOf, planManifest, tensorFlowCopies } from './user-project.ts';
export type { ManifestPlan, PackagesOptions, Part } from './user-project.ts';
export { pythonStep, venvPython } from './venv.ts';
