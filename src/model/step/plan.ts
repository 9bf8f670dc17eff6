/** What a compiled step is made of: plain descriptions of layers and weights, read once from the model. */

/** An activation and its parameter. */
export interface ActivationPlan {
  readonly kind:
    | 'linear'
    | 'relu'
    | 'relu6'
    | 'leakyRelu'
    | 'elu'
    | 'selu'
    | 'sigmoid'
    | 'softmax'
    | 'softplus'
    | 'softsign'
    | 'tanh';
  /** The slope below 0 of a leaky relu. */
  readonly alpha?: number;
}

/** One weight array of the model. */
export interface WeightPlan {
  /** Layer and weight, such as `dense_1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Changed by gradients; the others are fixed or moving statistics. */
  readonly trainable: boolean;
  readonly l1: number;
  readonly l2: number;
}

/** One thing a row passes through; all of them take and give `[rows, size]`. */
export type LayerPlan =
  | {
      readonly kind: 'dense';
      readonly units: number;
      readonly kernel: WeightPlan;
      readonly bias?: WeightPlan;
    }
  | { readonly kind: 'activation'; readonly activation: ActivationPlan }
  | { readonly kind: 'dropout'; readonly rate: number; readonly size: number }
  | {
      readonly kind: 'batchNorm';
      readonly size: number;
      readonly momentum: number;
      readonly epsilon: number;
      /** It normalises by its moving statistics in training, too, and leaves them, as Keras does. */
      readonly frozen: boolean;
      readonly gamma?: WeightPlan;
      readonly beta?: WeightPlan;
      readonly mean: WeightPlan;
      readonly variance: WeightPlan;
    };

/** A model whose layers are all known. */
export interface ModelPlan {
  readonly features: number;
  readonly outputs: number;
  readonly layers: readonly LayerPlan[];
  /** All weights in the order of the model's layers. */
  readonly weights: readonly WeightPlan[];
}

/** How many numbers a shape holds. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
