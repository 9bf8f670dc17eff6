/** What can go wrong with training on Spark. */
import { failure } from '../../errors.ts';

/** A round on Spark cannot be learnt: its offsets do not go on where the last one ended, or Spark's log of them cannot be read. */
export class SparkRoundError extends failure({
  code: 'ST_ENGINES_SPARK_ROUND',
  says: ({ round, problem }: { round: number; problem: string }) =>
    `Round ${round} on Spark was not learnt: ${problem}.`,
  cure: 'What was learnt before it is kept; training goes on from there when it is called again.',
}) {}

/** A worker answered that it could not learn its part of a round; `workerCode` is the code it gave. */
export class SparkWorkerError extends failure({
  code: 'ST_ENGINES_SPARK_WORKER',
  says: ({ round, part, answer }: SparkWorkerFacts) =>
    `A worker could not learn ${part} in round ${round}: ${answer}`,
  cure: '',
}) {}

interface SparkWorkerFacts {
  readonly round: number;
  /** Such as `cancer-train[1]`. */
  readonly part: string;
  readonly workerCode: string;
  readonly answer: string;
}
