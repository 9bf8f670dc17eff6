/** Reads from an executed notebook what the checks of its exercises said. */
import { VERDICT_LINE, type Verdict } from './exercise.ts';
import { textOf, type Notebook } from './notebook-file.ts';

/** One exercise of an executed notebook. */
export interface ExerciseVerdict {
  readonly exercise: string;
  /** `not run` when its check cell printed nothing. */
  readonly verdict: Verdict | 'not run';
  /** The rest of what the check printed: a hint, or why it is right. */
  readonly says: string;
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
    const match = [...printed.matchAll(VERDICT_LINE)].find(({ groups }) => groups?.['id'] === exercise);
    if (!match) return [{ exercise, verdict: 'not run', says: 'its check cell printed no verdict' }];
    const verdict = match.groups?.['verdict'] as Verdict;
    const says =
      printed
        .slice(match.index + match[0].length)
        .replace(/^\.\s*/, '')
        .split('\n')[0] ?? '';
    return [{ exercise, verdict, says }];
  });
}
