/** Area under the ROC curve from counts at fixed thresholds: little memory, any number of rows. */
import { binaryProbability, checkClass } from './inputs.ts';
import type { MetricRecipe } from './recipe.ts';

/**
 * River's `ROCAUC`: the trapezoids under the curve of `thresholds` evenly spaced thresholds. Sums: for each threshold the
 * true and the false positives, then all positives and all negatives. NaN while there is one class only. With few
 * thresholds it says far too little where most probabilities lie between two of them, as those of a rare class do.
 */
export function rocAucRecipe(thresholds: number): MetricRecipe {
  const cuts = Float64Array.from({ length: thresholds }, (_, i) => i / (thresholds - 1));
  cuts[0]! -= 1e-7;
  cuts[thresholds - 1]! += 1e-7;
  const positives = 2 * thresholds;
  return {
    sums: 2 * thresholds + 2,
    width: 2,
    memory: 0,
    takes: 'probability',
    biggerIsBetter: true,
    encode(row, truth, prediction) {
      checkClass(truth, 2);
      row[0] = truth;
      row[1] = binaryProbability(prediction);
    },
    add(sums, rows, at, weight) {
      const side = rows[at] === 1 ? 0 : 1;
      sums[positives + side]! += weight;
      for (let i = 0; i < thresholds && rows[at + 1]! > cuts[i]!; i++) sums[2 * i + side]! += weight;
    },
    value(sums) {
      const [all, none] = [sums[positives]!, sums[positives + 1]!];
      if (!(all > 0 && none > 0)) return NaN;
      const rate = (i: number, side: number) => sums[2 * i + side]! / (side === 0 ? all : none);
      let area = 0;
      for (let i = 1; i < thresholds; i++)
        area += ((rate(i - 1, 0) + rate(i, 0)) / 2) * (rate(i - 1, 1) - rate(i, 1));
      return area;
    },
  };
}
