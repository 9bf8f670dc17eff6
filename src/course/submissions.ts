/** What a class has handed in: every file of a folder, whose it is, and what is passed over. */
import { readdirSync } from 'node:fs';
import path from 'node:path';

/** One file that was handed in. */
export interface Submission {
  /** The name of the learner's folder; of the file, where it stands in the class's folder itself. */
  readonly learner: string;
  /** Full path. */
  readonly file: string;
  /** The path from the class's folder on. */
  readonly name: string;
}

/** What is in a class's folder. */
export interface Submissions {
  /** By learner and name; every file, notebook or not. */
  readonly files: readonly Submission[];
  /** Folders and links that are passed over, each with the reason. */
  readonly passedOver: readonly string[];
}

/** What notebooks and tools leave behind. */
const LEFT_BEHIND = /^(?:\.|node_modules$|__pycache__$)|-(?:checkpoints|classifier)$/;

/**
 * Finds the files of a class: one notebook a learner in the folder, or a folder a learner.
 *
 * @throws what reading the folder throws
 * @example
 * ```ts
 * const { files, passedOver } = submissionsIn('homework-5');
 * console.log(files.map(({ learner, name }) => `${learner}: ${name}`), passedOver);
 * ```
 */
export function submissionsIn(folder: string): Submissions {
  const files: Submission[] = [];
  const passedOver: string[] = [];
  const visit = (inside: string): void => {
    const entries = readdirSync(path.join(folder, inside), { withFileTypes: true });
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const name = path.join(inside, entry.name);
      const isLeftBehind = LEFT_BEHIND.test(entry.name);
      if (entry.isDirectory() && !isLeftBehind) visit(name);
      else if (entry.isFile() && !entry.name.startsWith('.')) {
        const [first = '', ...more] = name.split(path.sep);
        const learner = more.length > 0 ? first : path.parse(first).name;
        files.push({ learner, file: path.join(folder, name), name });
      } else passedOver.push(`${name} (${entry.isSymbolicLink() ? 'a link' : 'what programs leave behind'})`);
    }
  };
  visit('');
  return { files, passedOver };
}
