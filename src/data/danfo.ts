/** The one place that loads danfojs-node, at its first use because that takes about a second. */
import { createRequire } from 'node:module';
import type * as danfojs from 'danfojs-node';
import { tensorflow } from '../tensorflow.ts';
import { DanfoLoadError } from './errors.ts';

/** The module `danfojs-node`. */
export type Danfo = typeof danfojs;
/** danfojs' table: `frame.columns`, `frame.shape`, `frame.head(5)`, `frame.print()`, ... */
export type DataFrame = danfojs.DataFrame;

const require = createRequire(import.meta.url);
let loaded: Danfo | undefined;

/**
 * Loads danfojs-node once and returns it. TensorFlow is loaded first (danfojs needs it, and on Node 23 and later
 * both need the same repair; see {@link tensorflow}).
 *
 * @throws `TensorFlowLoadError` (`ST_TENSORFLOW_LOAD`) or {@link DanfoLoadError} (`ST_DATA_DANFO_LOAD`)
 * @example
 * ```ts
 * const { DataFrame } = danfo();
 * new DataFrame([[1, 2]], { columns: ['a', 'b'] }).print();
 * ```
 */
export function danfo(): Danfo {
  if (loaded) return loaded;
  tensorflow();
  try {
    loaded = require('danfojs-node') as Danfo;
  } catch (error) {
    throw new DanfoLoadError({ cause: error });
  }
  keepOwnMembers(loaded);
  return loaded;
}

/**
 * danfojs makes a property of each column on its frame, so that a column called `index`, `shape`, `columns` or `values`
 * hides what the frame itself has of that name, and nothing can be read from it. Such a column gets no property; it is read
 * with `frame.column('index')`.
 */
function keepOwnMembers({ DataFrame }: Danfo): void {
  // The base class, whose frames `drop`, `query` and `loc` return; the one that is exported only adds files.
  const prototype = Object.getPrototypeOf(DataFrame.prototype) as ColumnProperties;
  const setProperty = prototype.$setInternalColumnDataProperty;
  if (setProperty === undefined) return; // another danfojs: such columns hide the members again
  prototype.$setInternalColumnDataProperty = function (this: DataFrame, column?: string) {
    for (const name of column === undefined ? this.columns : [column]) {
      // danfojs takes an empty name for "all columns".
      if (name !== '' && !isOwnMember(this, String(name))) setProperty.call(this, name);
    }
  };
}

/** The private method that makes the properties, as of danfojs-node 1.2.0. */
interface ColumnProperties {
  $setInternalColumnDataProperty?: (this: DataFrame, column?: string) => void;
}

/** Whether a name is a field or accessor of every frame, or of every object. Methods may be hidden, as danfojs has it. */
function isOwnMember(frame: DataFrame, name: string): boolean {
  if (name.startsWith('$') || name in Object.prototype) return name in frame;
  for (let of: unknown = Object.getPrototypeOf(frame); of; of = Object.getPrototypeOf(of)) {
    const member = Object.getOwnPropertyDescriptor(of, name);
    if (member) return member.get !== undefined;
  }
  return false;
}
