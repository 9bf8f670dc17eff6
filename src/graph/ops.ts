/** The operations the builder knows: how their outputs are called, typed and shaped. */
import type { Attributes, DType, NodeOutput, Shape } from './types.ts';

/** What the builder must know of an operation beyond what the caller says. */
export interface OpRule {
  /** Name of the one output in TensorFlow's definition; none for operations that only do. */
  readonly output?: string;
  /** Type attributes that follow the type of an input: attribute -> number of the input. */
  readonly types: Readonly<Record<string, number>>;
  /** The type of the output where it is not that of input 0. */
  readonly dtype?: DType | ((attributes: Attributes) => DType);
  /** The shape of the output; unknown if left out. A text is why the inputs do not fit. */
  readonly shape?: (inputs: readonly NodeOutput[], attributes: Attributes) => Shape | undefined | string;
}

const same = ([x]: readonly NodeOutput[]): Shape | undefined => x!.shape;

/** NumPy's broadcasting of all inputs. */
function broadcast(inputs: readonly NodeOutput[]): Shape | undefined | string {
  let result: Shape = [];
  for (const { shape } of inputs) {
    if (!shape) return undefined;
    const [long, short] = shape.length > result.length ? [shape, result] : [result, shape];
    const skip = long.length - short.length;
    const merged: (number | null)[] = [...long];
    for (const [i, b] of short.entries()) {
      const a = long[skip + i]!;
      if (a === 1 || (a === null && b !== 1 && b !== null)) merged[skip + i] = b;
      else if (b !== 1 && b !== null && a !== null && a !== b)
        return `sizes ${a} and ${b} of a dimension do not go together`;
    }
    result = merged;
  }
  return result;
}

function matMul([a, b]: readonly NodeOutput[], attributes: Attributes): Shape | undefined | string {
  if (!a!.shape || !b!.shape) return undefined;
  if (a!.shape.length !== 2 || b!.shape.length !== 2) return 'both factors must be matrices';
  const [rows, inner] = attributes['transpose_a'] === true ? [...a!.shape].reverse() : a!.shape;
  const [other, columns] = attributes['transpose_b'] === true ? [...b!.shape].reverse() : b!.shape;
  if (inner !== null && other !== null && inner !== other)
    return `the inner sizes ${inner} and ${other} differ`;
  return [rows!, columns!];
}

const T = { T: 0 };
const unary = (output: string): OpRule => ({ output, types: T, shape: same });
const binary = (output: string): OpRule => ({ output, types: T, shape: broadcast });
const compare: OpRule = { ...binary('z'), dtype: 'bool' };
const reduce: OpRule = { output: 'output', types: { T: 0, Tidx: 1 } };
const typeAttribute = (name: string) => (attributes: Attributes) =>
  (attributes[name] as { type: DType }).type;
const scalar = (): Shape => [];

/** The rules by operation. Names of arguments are those of TensorFlow's op definitions (2.9 to 2.16 agree). */
export const opRules = {
  Abs: unary('y'),
  AddN: { output: 'sum', types: T, shape: same },
  AddV2: binary('z'),
  AssignAddVariableOp: { types: { dtype: 1 } },
  AssignVariableOp: { types: { dtype: 1 } },
  BiasAdd: unary('output'),
  BiasAddGrad: { output: 'output', types: T, shape: ([x]) => x!.shape && [x!.shape.at(-1)!] },
  Bitcast: { output: 'output', types: T, dtype: typeAttribute('type'), shape: same },
  Cast: { output: 'y', types: { SrcT: 0 }, dtype: typeAttribute('DstT'), shape: same },
  ConcatV2: { output: 'output', types: { T: 0 } },
  DeepCopy: unary('y'),
  Elu: unary('activations'),
  EluGrad: unary('backprops'),
  Equal: compare,
  Exp: unary('y'),
  Fill: { output: 'output', types: { index_type: 0, T: 1 }, dtype: typeAttribute('T') },
  GatherV2: { output: 'output', types: { Tparams: 0, Tindices: 1, Taxis: 2 } },
  Greater: compare,
  GreaterEqual: compare,
  Identity: unary('output'),
  L2Loss: { output: 'output', types: T, shape: scalar },
  IsNan: { ...unary('y'), dtype: 'bool' },
  LeakyRelu: unary('activations'),
  LeakyReluGrad: unary('backprops'),
  Less: compare,
  Log: unary('y'),
  Log1p: unary('y'),
  LogSoftmax: unary('logsoftmax'),
  MatMul: { output: 'product', types: T, shape: matMul },
  Maximum: binary('z'),
  Mean: reduce,
  Minimum: binary('z'),
  Mul: binary('z'),
  Neg: unary('y'),
  NoOp: { types: {} },
  Pack: { output: 'output', types: T },
  Pow: binary('z'),
  RealDiv: binary('z'),
  Relu: unary('activations'),
  Relu6: unary('activations'),
  Relu6Grad: unary('backprops'),
  ReluGrad: unary('backprops'),
  Reshape: { output: 'output', types: { T: 0, Tshape: 1 } },
  ResourceApplyAdagradV2: { types: { T: 2 } },
  ResourceApplyAdam: { types: { T: 3 } },
  ResourceApplyGradientDescent: { types: { T: 1 } },
  ResourceApplyKerasMomentum: { types: { T: 2 } },
  ResourceApplyMomentum: { types: { T: 2 } },
  ResourceApplyRMSProp: { types: { T: 3 } },
  RestoreV2: { output: 'tensors', types: {} },
  Rsqrt: unary('y'),
  SaveV2: { types: {} },
  Selu: unary('activations'),
  SeluGrad: unary('backprops'),
  SelectV2: {
    output: 'output',
    types: { T: 1 },
    dtype: typeAttribute('T'),
    shape: broadcast,
  },
  Shape: {
    output: 'output',
    types: T,
    dtype: typeAttribute('out_type'),
    shape: ([x]) => x!.shape && [x!.shape.length],
  },
  Sigmoid: unary('y'),
  SigmoidGrad: unary('z'),
  Sign: unary('y'),
  Slice: { output: 'output', types: { T: 0, Index: 1 } },
  OneHot: { output: 'output', types: { TI: 0, T: 2 }, dtype: 'float32' },
  Softmax: unary('softmax'),
  Softplus: unary('activations'),
  SoftplusGrad: unary('backprops'),
  Softsign: unary('activations'),
  SoftsignGrad: unary('backprops'),
  Sqrt: unary('y'),
  Square: unary('y'),
  StridedSlice: { output: 'output', types: { T: 0, Index: 1 } },
  Sub: binary('z'),
  Sum: reduce,
  Tanh: unary('y'),
  TanhGrad: unary('z'),
  Unpack: { output: 'output', types: T },
  ReadVariableOp: { output: 'value', types: {}, dtype: typeAttribute('dtype') },
  VarHandleOp: { output: 'resource', types: {}, dtype: 'resource', shape: scalar },
  Placeholder: { output: 'output', types: {}, dtype: typeAttribute('dtype') },
  Const: { output: 'output', types: {}, dtype: typeAttribute('dtype') },
} as const satisfies Readonly<Record<string, OpRule>>;

/** An operation the builder knows. */
export type OpName = keyof typeof opRules;
