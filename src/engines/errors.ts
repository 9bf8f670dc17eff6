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

/** An engine at an address that was named does not answer. */
export class EngineUnreachableError extends failure({
  code: 'ST_ENGINES_UNREACHABLE',
  canRetry: true,
  ...trouble<{ readonly url: string }>(),
}) {}

/** Flink did not do what one of its interfaces was asked for, be it that the job or the session is gone. */
export class FlinkRequestError extends failure({
  code: 'ST_ENGINES_FLINK_REQUEST',
  says: ({ request, reason }: { request: string; reason: string; causes: readonly string[] }) =>
    `Flink answered ${request} with: ${reason.replace(/[.\s]+$/, '')}.`,
  cure: 'Look whether the job or the session is still there (jobs() of the gateway lists what runs).',
}) {}

/** The facts of a {@link FlinkSqlError}. */
interface RefusedSql {
  /** The statement, as it was sent. */
  readonly statement: string;
  /** What Flink said: the first of its messages that says something. */
  readonly reason: string;
  /** All its messages, the outermost first. */
  readonly causes: readonly string[];
}

/** Flink refused a statement, or the job of one failed. */
export class FlinkSqlError extends failure({
  code: 'ST_ENGINES_FLINK_SQL',
  says: ({ statement, reason }: RefusedSql) =>
    `Flink: ${reason.replace(/[.\s]+$/, '')}. It was about the statement "${shortened(statement)}".`,
  cure: "Mend the statement, or what it names; the error has all of Flink's messages in its field causes.",
}) {}

/** Flink gave a value that no value of JavaScript stands for without loss. */
export class FlinkValueError extends failure({
  code: 'ST_ENGINES_FLINK_VALUE',
  says: ({ column, type, why }: { readonly column: string; readonly type: string; readonly why: string }) =>
    `The column ${JSON.stringify(column)} of Flink's result (${type}) ${why}.`,
  cure: 'Let the statement make another type of it, such as CAST(... AS STRING), or leave it out.',
}) {}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}
/** A flow for NiFi does not fit together, or NiFi refuses it. Nothing of it was run. */
export class NifiFlowError extends failure({
  code: 'ST_ENGINES_NIFI_FLOW',
  says: ({ flow, issues }: { flow: string; issues: readonly string[] }) =>
    `The flow "${flow}" is not right: ${issues.map((issue) => issue.replace(/[.\s]+$/, '')).join('; ')}.`,
  cure: '',
}) {}

/** NiFi refused what was asked of it over its REST interface. */
export class NifiRequestError extends failure({
  code: 'ST_ENGINES_NIFI_REQUEST',
  says: (facts: { what: string; status: number; answer: string }) =>
    `NiFi did not ${facts.what}: it answered ${facts.status}, ${facts.answer}.`,
  cure: '',
}) {}

/** A flow that was run once did not come to its end: something waits that cannot go on, or the engine gave up. */
export class NifiRunError extends failure({
  code: 'ST_ENGINES_NIFI_RUN',
  says: (facts: { flow: string; problem: string }) =>
    `The flow "${facts.flow}" did not end: ${facts.problem}.`,
  cure: '',
}) {}

/** No picture could be taken of a web page. */
export class PagePictureError extends failure({
  code: 'ST_ENGINES_PAGE_PICTURE',
  says: ({ url, problem }: { url: string; problem: string }) => `No picture of ${url}: ${problem}.`,
  cure: 'Open it in a browser of your own; for pictures, install Chromium, or name one in STREAMTRAIN_CHROMIUM.',
}) {}

/** An engine was to be started by itself, and it runs only with the work of a program. */
export class EngineOnDemandError extends failure({
  code: 'ST_ENGINES_ON_DEMAND',
  says: ({ title }: { engine: string; title: string }) => `${title} has nothing that would run by itself.`,
  cure: 'It starts with its work and ends with it: trainOnSpark({...}), or startSpark() and spark.submit(script).',
}) {}
