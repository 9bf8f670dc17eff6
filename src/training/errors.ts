/** What can go wrong when a model is trained or judged. */
import { StreamTrainError } from '../errors.ts';

/** Labels and scores do not belong together, or are no labels and scores. */
export class MetricInputError extends StreamTrainError {
  readonly code = 'ST_TRAINING_METRIC_INPUT';

  constructor(problem: string) {
    super(`The metric cannot be computed: ${problem}.`);
  }
}
