/** Arithmetic on a graph's outputs, in short names; a plain number stands for a scalar. */
import type { Done, GraphBuilder } from './builder.ts';
import type { DType, NodeOutput, Shape } from './types.ts';

/** An output, or a number that becomes a scalar of float32. */
export type Operand = NodeOutput | number;

/** Makes nodes of a {@link GraphBuilder} for everyday arithmetic. Each method adds one node (and its constants). */
export class Maths {
  readonly graph: GraphBuilder;

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  add = (a: Operand, b: Operand) => this.#two('AddV2', a, b);
  sub = (a: Operand, b: Operand) => this.#two('Sub', a, b);
  mul = (a: Operand, b: Operand) => this.#two('Mul', a, b);
  div = (a: Operand, b: Operand) => this.#two('RealDiv', a, b);
  min = (a: Operand, b: Operand) => this.#two('Minimum', a, b);
  max = (a: Operand, b: Operand) => this.#two('Maximum', a, b);
  /** 1 where a > b, else 0. */
  greater = (a: Operand, b: Operand) => this.cast(this.#two('Greater', a, b), 'float32');
  /** 1 where a >= b, else 0. */
  greaterEqual = (a: Operand, b: Operand) => this.cast(this.#two('GreaterEqual', a, b), 'float32');
  neg = (x: NodeOutput) => this.graph.op('Neg', [x]);
  abs = (x: NodeOutput) => this.graph.op('Abs', [x]);
  sign = (x: NodeOutput) => this.graph.op('Sign', [x]);
  square = (x: NodeOutput) => this.graph.op('Square', [x]);
  sqrt = (x: NodeOutput) => this.graph.op('Sqrt', [x]);
  rsqrt = (x: NodeOutput) => this.graph.op('Rsqrt', [x]);
  exp = (x: NodeOutput) => this.graph.op('Exp', [x]);
  log = (x: NodeOutput) => this.graph.op('Log', [x]);
  log1p = (x: NodeOutput) => this.graph.op('Log1p', [x]);
  clip = (x: NodeOutput, low: Operand, high: Operand) => this.min(this.max(x, low), high);

  /** The matrix product; `transposeA`/`transposeB` turn a factor first. */
  matMul(
    a: NodeOutput,
    b: NodeOutput,
    turn: { transposeA?: boolean; transposeB?: boolean } = {},
  ): NodeOutput {
    const attributes = { transpose_a: turn.transposeA ?? false, transpose_b: turn.transposeB ?? false };
    return this.graph.op('MatMul', [a, b], { attributes });
  }

  cast(x: NodeOutput, dtype: DType): NodeOutput {
    return x.dtype === dtype ? x : this.graph.op('Cast', [x], { attributes: { DstT: { type: dtype } } });
  }

  sum(x: NodeOutput, axes: readonly number[], options: { keepDims?: boolean } = {}): NodeOutput {
    return this.#reduce('Sum', x, axes, options.keepDims ?? false);
  }

  mean(x: NodeOutput, axes: readonly number[], options: { keepDims?: boolean } = {}): NodeOutput {
    return this.#reduce('Mean', x, axes, options.keepDims ?? false);
  }

  /** The same elements in another shape; one size may be null for "what is left". */
  reshape(x: NodeOutput, shape: Shape): NodeOutput {
    return this.graph.op('Reshape', [x, this.ints(shape.map((size) => size ?? -1))], { shape });
  }

  /** `size` elements of a vector from `begin` on. */
  slice(x: NodeOutput, begin: number, size: number): NodeOutput {
    return this.graph.op('Slice', [x, this.ints([begin]), this.ints([size])], { shape: [size] });
  }

  /** Vectors one after the other. */
  concat(parts: readonly NodeOutput[], options: { control?: readonly Done[] } = {}): NodeOutput {
    if (parts.length === 1) return this.identity(parts[0]!, options.control ?? []);
    const sizes = parts.map((part) => part.shape?.[0]);
    const size = sizes.every((part) => typeof part === 'number') ? sizes.reduce((a, b) => a + b, 0) : null;
    const axis = this.graph.constant(0, { dtype: 'int32' });
    const attributes = { N: { int: parts.length }, Tidx: { type: 'int32' } } as const;
    return this.graph.op('ConcatV2', [...parts, axis], { attributes, shape: [size], ...options });
  }

  /** A vector as `count` scalars. */
  unpack(x: NodeOutput, count: number): NodeOutput[] {
    const attributes = { num: { int: count }, axis: { int: 0 } };
    return this.graph.many('Unpack', [x], Array<Shape>(count).fill([]), { attributes });
  }

  /** The same value, once the nodes of `control` have run. */
  identity(x: NodeOutput, control: readonly Done[]): NodeOutput {
    return this.graph.op('Identity', [x], { control });
  }

  ints(values: readonly number[]): NodeOutput {
    return this.graph.constant(values, { dtype: 'int32' });
  }

  #two(
    op: 'AddV2' | 'Sub' | 'Mul' | 'RealDiv' | 'Minimum' | 'Maximum' | 'Greater' | 'GreaterEqual',
    a: Operand,
    b: Operand,
  ) {
    return this.graph.op(op, [this.#output(a), this.#output(b)]);
  }

  #output(operand: Operand): NodeOutput {
    return typeof operand === 'number' ? this.graph.constant(operand) : operand;
  }

  #reduce(op: 'Sum' | 'Mean', x: NodeOutput, axes: readonly number[], keepDims: boolean): NodeOutput {
    const shape = x.shape?.flatMap((size, i) => (!axes.includes(i) ? [size] : keepDims ? [1] : []));
    return this.graph.op(op, [x, this.ints(axes)], {
      attributes: { keep_dims: keepDims },
      ...(shape && { shape }),
    });
  }
}
