/** Reads from an executed notebook what the checks of its exercises said. */
import { verdictsIn, type PrintedVerdict, type Verdict } from './wording.ts';
import { textOf, type Notebook } from './notebook-file.ts';

/** One exercise of an executed notebook. */
export interface ExerciseVerdict extends Omit<PrintedVerdict, 'verdict'> {
  /** `not run` when its check cell printed no verdict. */
  readonly verdict: Verdict | 'not run';
}

/**
 * The verdicts of a notebook, in the order of its check cells.
 *
 * @example
 * ```ts
 * exerciseVerdicts(executed); // [{ exercise: '1.1', verdict: 'right', says: 'The group has ...' }]
 * ```
 */
export function exerciseVerdicts({ cells }: Notebook): ExerciseVerdict[] {
  return cells.flatMap((cell): ExerciseVerdict[] => {
    const exercise = /checkExercise\('(\d+\.\d+)'/.exec(
      cell.cell_type === 'code' ? textOf(cell.source) : '',
    )?.[1];
    if (exercise === undefined) return [];
    const printed = (cell.outputs ?? []).map((output) => textOf(output.text)).join('');
    const found = verdictsIn(printed).find((each) => each.exercise === exercise);
    return [found ?? { exercise, verdict: 'not run', says: 'its check cell printed no verdict' }];
  });
}
