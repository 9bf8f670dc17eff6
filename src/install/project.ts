/** Where the parts of a clone are. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folders and files of one clone that set-up writes or reads. */
export interface Project {
  /** The clone itself. */
  readonly folder: string;
  /** What this project writes while running: Kafka's data, Jupyter's settings, ports. Ignored by git. */
  readonly stateFolder: string;
  /** The Python environment. */
  readonly venvFolder: string;
  /** The JavaScript packages. */
  readonly nodeModules: string;
}

/**
 * Describes a clone.
 *
 * @param folder the clone; default: the one this code belongs to, whether it runs from `src` or from `dist`
 * @example
 * ```ts
 * console.log(projectAt().stateFolder); // /home/me/streamtrain/.streamtrain
 * ```
 */
export function projectAt(folder: string = ownFolder()): Project {
  return {
    folder,
    stateFolder: path.join(folder, '.streamtrain'),
    venvFolder: path.join(folder, '.venv'),
    nodeModules: path.join(folder, 'node_modules'),
  };
}

/** Two folders above this file: `src/install/` and `dist/install/` are equally deep. */
function ownFolder(): string {
  return path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
}
