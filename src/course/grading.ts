/** A learner's notebook as it is run for a grade: with the course's own checks in place of those in the copy. */
import { exercises } from './check-exercise.ts';
import {
  answerCells,
  checkedIn,
  holdsAnswer,
  verdictAfter,
  type AnswerCell,
  type ExerciseVerdict,
} from './notebook-exercises.ts';
import { textOf, type Notebook, type NotebookCell } from './notebook-file.ts';

/** One exercise of a learner's notebook, before it is run. */
interface Prepared {
  readonly exercise: string;
  /** The cell that was put in for the check; `undefined` where there is no answer to check. */
  readonly check: string | undefined;
  readonly answer: string | undefined;
  /** What was found about the copy's cells, each as a sentence. */
  readonly remarks: readonly string[];
}

/** A learner's notebook, ready to be run. */
export interface GradedNotebook {
  readonly notebook: Notebook;
  readonly exercises: readonly Prepared[];
  /** Begins the lines of the course's own checks; nobody knows it before the run. */
  readonly mark: string;
}

/** An exercise's verdict, and what was found about its cells. */
export interface Grade extends ExerciseVerdict {
  readonly remarks: readonly string[];
}

/**
 * The chapter whose exercises a notebook has most of.
 *
 * @returns its number; `undefined` for a notebook without exercises of the course
 */
export function chapterOf(notebook: Notebook): number | undefined {
  const known = new Set(exercises.map(({ id }) => id));
  const found = notebook.cells
    .flatMap((cell) => [...answerCells({ ...notebook, cells: [cell] }).map(idOf), ...listOf(checkedIn(cell))])
    .filter((id) => known.has(id))
    .map((id) => Number(id.split('.')[0]));
  const counts = new Map<number, number>();
  for (const chapter of found) counts.set(chapter, (counts.get(chapter) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}

/**
 * Takes out the copy's checks, and puts the chapter's own behind the answers: what a copy prints by itself is no verdict.
 *
 * @param copy the learner's
 * @param chapter the course's notebook of that chapter, in the copy's language
 * @param mark a text that nobody can guess
 * @example
 * ```ts
 * const chapter = readNotebook('notebooks/05-online-training.ipynb');
 * const graded = forGrading(readNotebook('ada.ipynb'), chapter, 'a text that nobody can guess');
 * console.log(graded.exercises.map(({ exercise, remarks }) => `${exercise}: ${remarks.join('; ')}`));
 * ```
 */
export function forGrading(copy: Notebook, chapter: Notebook, mark: string): GradedNotebook {
  // What a copy was saved with is no result of this run.
  let cells = withOwnIds(copy.cells).map((each) =>
    each.cell_type === 'code' ? { ...each, outputs: [] } : each,
  );
  const ids = answerCells(chapter).map(idOf);
  const prepared = answerCells(chapter).map(({ exercise, cell }): Prepared => {
    const check = chapter.cells.find((each) => checkedIn(each) === exercise);
    if (check === undefined) throw new Error(`the chapter has no check of exercise ${exercise}`);
    const answer = answerIn({ ...copy, cells }, { exercise, cell });
    const checks = cells.filter(
      (each) => each !== answer.cell && (checkedIn(each) === exercise || isChangedCheck(each, check)),
    );
    // A check and an answer in one cell, be it another exercise's, are an answer: it stays, and the course's check runs behind it.
    const removed = checks.filter((each) => !ids.some((id) => holdsAnswer(each, id)));
    if (answer.cell === undefined && checks.length === 0)
      return { exercise, check: undefined, answer: undefined, remarks: [] };
    const remarks = [...answer.remarks, ...remarksOn(checks, check)];
    const last = Math.max(...[answer.cell, ...checks].map((each) => (each ? cells.indexOf(each) : -1)));
    const id = `graded-${exercise.replace('.', '-')}`;
    const own: NotebookCell = { ...check, id, source: markedCheck(textOf(check.source), mark), outputs: [] };
    cells = [...cells.slice(0, last + 1), own, ...cells.slice(last + 1)].filter(
      (each) => !removed.includes(each),
    );
    return { exercise, check: id, answer: answer.cell?.id, remarks };
  });
  return { notebook: { ...copy, cells }, exercises: prepared, mark };
}

/** The verdicts of the course's own checks in a notebook that was run. */
export function gradesAfter(run: Notebook, { exercises: prepared, mark }: GradedNotebook): Grade[] {
  const cell = (id: string | undefined) => run.cells.find((each) => each.id === id);
  return prepared.map(({ exercise, check, answer, remarks }): Grade => {
    const checked = cell(check);
    if (checked === undefined)
      return { exercise, verdict: 'missing', says: 'its cells are not there', remarks };
    const verdict = verdictAfter(exercise, onlyMarked(checked, mark), cell(answer));
    const lost = /(?:Cannot find name '|\b)(answer\d+)(?:'| is not defined)/.exec(verdict.says)?.[1];
    if (verdict.verdict === 'failed' && lost !== undefined && verdict.says.startsWith('its check'))
      return { exercise, verdict: 'missing', says: `there is no ${lost}: renamed, or never run`, remarks };
    return { ...verdict, remarks };
  });
}

/** Every cell by an id of its own: editors leave ids out, or copy them with a cell; then its outputs would be another's. */
function withOwnIds(cells: readonly NotebookCell[]): NotebookCell[] {
  const taken = new Set(cells.map(({ id }) => id));
  const seen = new Set<string | undefined>();
  return cells.map((cell, at) => {
    const isOwn = cell.id !== undefined && !cell.id.startsWith('graded-') && !seen.has(cell.id);
    seen.add(cell.id);
    if (isOwn) return cell;
    let id = `cell-${at + 1}`;
    while (taken.has(id)) id += '-x';
    taken.add(id);
    return { ...cell, id };
  });
}

/** The learner's answer: by its first line, by the cell's id, or in a cell that was merged with others. */
function answerIn(copy: Notebook, { exercise, cell }: AnswerCell) {
  const found = answerCells(copy).findLast((each) => each.exercise === exercise);
  if (found) return { cell: found.cell, remarks: [] };
  const byId = copy.cells.find(({ id, cell_type }) => id === cell.id && cell_type === 'code');
  if (byId) return { cell: byId, remarks: ["the first line of its answer's cell was changed"] };
  const merged = copy.cells.findLast((each) => holdsAnswer(each, exercise));
  if (merged) return { cell: merged, remarks: ['its answer was merged into another cell'] };
  return { cell: undefined, remarks: ["its answer's cell is not there"] };
}

function isChangedCheck(cell: NotebookCell, check: NotebookCell): boolean {
  return cell.id === check.id && cell.cell_type === 'code' && checkedIn(cell) === undefined;
}

function remarksOn(checks: readonly NotebookCell[], check: NotebookCell): string[] {
  if (checks.length === 0) return ["its check cell was not there; the course's own ran"];
  const plain = (cell: NotebookCell) =>
    textOf(cell.source)
      .replace(/^\s*\/\/.*$/gm, '')
      .replace(/\s+/g, '');
  return checks.some((each) => plain(each) !== plain(check))
    ? ["its check cell was changed; the course's own ran"]
    : [];
}

/** The check by a function of its own import and the global console, whatever the copy calls `checkExercise` and `console`. */
function markedCheck(source: string, mark: string): string {
  return source
    .replace(/console\.log\(/, `globalThis.console.log('${mark}', `)
    .replace(/\bcheckExercise\(/, "(await import('streamtrain/course')).checkExercise(");
}

/** The cell with nothing on stdout but what the course's check has printed. */
function onlyMarked(cell: NotebookCell, mark: string): NotebookCell {
  const outputs = (cell.outputs ?? []).map((output) => {
    if (output.name !== 'stdout') return output;
    const lines = textOf(output.text).split('\n');
    const own = lines
      .filter((line) => line.startsWith(`${mark} `))
      .map((line) => line.slice(mark.length + 1));
    return { ...output, text: own.join('\n') };
  });
  return { ...cell, outputs };
}

const idOf = ({ exercise }: AnswerCell): string => exercise;
const listOf = (id: string | undefined): string[] => (id === undefined ? [] : [id]);
