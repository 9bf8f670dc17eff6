/** What a graph is made of: element types, shapes, outputs of nodes, attributes. */

/** Element types the builder knows. */
export type DType =
  | 'float32'
  | 'float64'
  | 'int32'
  | 'uint8'
  | 'string'
  | 'int64'
  | 'bool'
  | 'uint64'
  | 'resource';

/** TensorFlow's numbers of them (`types.proto`). */
export const dtypeNumbers: Readonly<Record<DType, number>> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  resource: 20,
  uint64: 23,
};

/** Sizes of the dimensions; null where it is only known when the graph runs. */
export type Shape = readonly (number | null)[];

/** One output of a node: what flows along an edge of the graph. */
export interface NodeOutput {
  /** How other nodes of the same graph or function name it. */
  readonly ref: string;
  /** The node's name. */
  readonly node: string;
  readonly dtype: DType;
  /** Undefined where not even the rank is known. */
  readonly shape: Shape | undefined;
}

/** An attribute's value; numbers and texts say which kind they are. */
export type Attribute =
  | boolean
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly type: DType }
  | { readonly shape: Shape }
  /** One type for each of several inputs or outputs. */
  | { readonly types: readonly DType[] }
  /** A tensor of texts. */
  | { readonly texts: readonly string[]; readonly size: readonly number[] }
  | {
      readonly tensor: {
        readonly dtype: DType;
        readonly shape: readonly number[];
        readonly bytes: Uint8Array;
      };
    };

/** Attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** One node, ready to be written. */
export interface NodeSpec {
  readonly name: string;
  readonly op: string;
  /** References of its inputs, data before control (`^name`). */
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

/** Shapes as people write them: `[?, 128]`. */
export function shapeText(shape: Shape | undefined): string {
  return shape ? `[${shape.map((size) => size ?? '?').join(', ')}]` : 'of unknown rank';
}

/** The name of an output as sessions and signatures know it: `MatMul:0`. */
export const portName = ({ ref }: NodeOutput): string => (ref.includes(':') ? ref : `${ref}:0`);
