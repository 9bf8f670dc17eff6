/** STAGGER: a class decided by a rule on size, colour and shape. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { checkOneOf, checkSeed } from './options.ts';
import { streamOf, type RowStream } from './labelled-row.ts';
import { PythonRandom } from './python-random.ts';

/** Options of {@link staggerStream}. */
export interface StaggerOptions {
  /** Which rule (default 0): 0: small and red; 1: green or a circle; 2: medium or large. */
  rule?: 0 | 1 | 2;
  /** Give both classes in turn (default false). */
  balanced?: boolean;
  /** 0 to 2^53 - 1 (default 0). */
  seed?: number;
}

const optionNames: OptionNames<StaggerOptions> = { rule: true, balanced: true, seed: true };

const RULES: readonly ((size: number, colour: number, shape: number) => boolean)[] = [
  (size, colour) => size === 0 && colour === 0,
  (_size, colour, shape) => colour === 2 || shape === 0,
  (size) => size === 1 || size === 2,
];

/**
 * Rows of three features that are 0, 1 or 2: size (small, medium, large), colour (red, blue, green), shape (circle,
 * square, triangle). Row for row those of River 0.23's `synth.STAGGER`.
 *
 * J. C. Schlimmer, R. H. Granger: "Incremental learning from noisy data", Machine Learning 1, 1986.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be
 * @example
 * ```ts
 * for (const { xs, ys } of takeRows(staggerStream({ seed: 1, rule: 2 }), 3)) console.log(xs, ys);
 * ```
 */
export function staggerStream(options: StaggerOptions = {}): RowStream {
  refuseUnknownOptions('staggerStream', options, optionNames);
  const { rule = 0, balanced = false, seed = 0 } = options;
  checkSeed('staggerStream', seed);
  checkOneOf('staggerStream', 'rule', rule, [0, 1, 2]);
  const belongs = RULES[rule]!;
  return streamOf(() => {
    const random = new PythonRandom(seed);
    let wanted = 1;
    return () => {
      for (;;) {
        const [size, colour, shape] = [random.below(3), random.below(3), random.below(3)] as const;
        const ys = belongs(size, colour, shape) ? 1 : 0;
        if (balanced && ys !== wanted) continue;
        wanted = 1 - wanted;
        return { xs: Float64Array.of(size, colour, shape), ys };
      }
    };
  });
}
