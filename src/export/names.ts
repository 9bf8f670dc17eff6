/** The names of layers and weights in files: the same in every format. */
import type { LayerPlan, ModelPlan, WeightPlan } from '../model/step/plan.ts';

const weightNames = ['kernel', 'bias', 'gamma', 'beta', 'mean', 'variance'] as const;

/** A name for each layer, counted from 1 by their kind: `dense_1`, `activation_1`, `dense_2`. */
export function layerNames({ layers }: ModelPlan): readonly (readonly [LayerPlan, string])[] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const kind = layer.kind === 'batchNorm' ? 'batch_normalization' : layer.kind;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return [layer, `${kind}_${count}`];
  });
}

/** Weights with their names, such as `dense_1/kernel`, in the order of the layers. */
export function namedWeights(plan: ModelPlan): readonly (readonly [WeightPlan, string])[] {
  return layerNames(plan).flatMap(([layer, layerName]) =>
    weightNames.flatMap((name) => {
      const weight = (layer as Partial<Record<typeof name, WeightPlan>>)[name];
      return weight ? [[weight, `${layerName}/${name}`] as const] : [];
    }),
  );
}
