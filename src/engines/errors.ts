/** Every way in which the engines beside Kafka can fail: Flink, and whoever joins it. */
import { failure } from '../errors.ts';
import { trouble } from '../install/errors.ts';
import { readableBytes } from '../terminal.ts';

/** The facts of an {@link EnginePartsError}. */
interface MissingParts {
  /** `flink`. */
  readonly engine: string;
  /** `Apache Flink 2.0.0`. */
  readonly title: string;
  /** What would be downloaded. */
  readonly files: number;
  readonly bytes: number;
  /** Where it would be kept. */
  readonly folder: string;
}

/** An engine was to be started, and its parts were never fetched: that is done on request only. Nothing was downloaded. */
export class EnginePartsError extends failure({
  code: 'ST_ENGINES_PARTS_MISSING',
  says: ({ title, files, bytes, folder }: MissingParts) =>
    `${title} is not on this machine. It is ${readableBytes(bytes)} to download, ${files} ${files === 1 ? 'file' : 'files'}, ` +
    `fetched once, checked, and kept in ${folder}.`,
  cure: ({ engine }) =>
    `Fetch it with "npx streamtrain engines fetch ${engine}", or in a program: await fetchEngine('${engine}').`,
}) {}

/** An engine's process ended, or did not answer in time, while it was being started; with the last lines of its log. */
export class EngineStartError extends failure({
  code: 'ST_ENGINES_START',
  ...trouble<{ readonly logTail: string }>(),
}) {}

/** Something was asked of an engine that ended meanwhile; with the last lines of its log. */
export class EngineEndedError extends failure({
  code: 'ST_ENGINES_ENDED',
  ...trouble<{ readonly logTail: string }>(),
}) {}

/** An engine already runs in this folder. */
export class EngineRunningError extends failure({
  code: 'ST_ENGINES_RUNNING',
  ...trouble<{ readonly pid: number; readonly url: string }>(),
}) {}

/** The files of a Stream Analytics job do not fit together, or hold what is not understood. */
export class StreamAnalyticsProjectError extends failure({
  code: 'ST_ENGINES_STREAM_ANALYTICS',
  says: ({ folder, issues }: { folder: string; issues: readonly string[] }) =>
    `The Stream Analytics project in ${folder} is not right: ${issues.join('; ')}.`,
  cure: '',
}) {}
