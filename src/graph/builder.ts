/** Collects the nodes of a TensorFlow graph. */
import { GraphBuildError } from './errors.ts';
import { opRules, type OpName, type OpRule } from './ops.ts';
import {
  shapeText,
  type Attribute,
  type Attributes,
  type DType,
  type NodeSpec,
  type NodeOutput,
  type Shape,
} from './types.ts';

/** Settings of one node. */
export interface NodeOptions {
  readonly attributes?: Attributes;
  /** Nodes that must have run before. */
  readonly control?: readonly (NodeOutput | Done)[];
  /** What the output's shape is, where the builder cannot tell. */
  readonly shape?: Shape;
  /** A name to be found by in error messages; a number is added if it is taken. */
  readonly name?: string;
}

/** A node without outputs that others can wait for. */
export interface Done {
  readonly node: string;
}

/** A variable of the graph's session. */
export interface Variable {
  readonly handle: NodeOutput;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * Collects nodes, gives them names, fills in their type attributes and works out shapes as far as they follow from the
 * inputs. Knows TensorFlow's operations, and nothing of what they are used for.
 *
 * @example
 * ```ts run
 * const graph = new GraphBuilder();
 * const x = graph.placeholder('float32', [null, 2]);
 * const y = graph.op('MatMul', [x, graph.constant([1, 2], { shape: [2, 1] })]);
 * const session = loadGraph(graph);
 * const double = session.signature('double', [x], [y]);
 * double.run([{ data: Float32Array.of(3, 4), shape: [1, 2] }]); // [ Float32Array(1) [ 11 ] ]
 * session.dispose();
 * ```
 */
export class GraphBuilder {
  readonly nodes: NodeSpec[] = [];
  readonly #names = new Map<string, number>();
  readonly #constants = new Map<string, NodeOutput>();
  readonly #container: string;

  /** @param container where the session keeps the variables; graphs with the same one would share them */
  constructor(container = '') {
    this.#container = container;
  }

  /** Adds an operation with one output. */
  op(op: OpName, inputs: readonly NodeOutput[], options: NodeOptions = {}): NodeOutput {
    const rule: OpRule = opRules[op];
    const { name, attributes } = this.#add(op, rule, inputs, options);
    if (rule.output === undefined)
      throw new GraphBuildError({ op, node: name, problem: 'it has no output; use run()' });
    const { dtype = inputs[0]?.dtype ?? 'float32' } = rule;
    let shape = options.shape;
    const worked = shape ? undefined : rule.shape?.(inputs, attributes);
    if (typeof worked === 'string') {
      const shapes = inputs.map((input) => shapeText(input.shape)).join(' and ');
      throw new GraphBuildError({ op, node: name, problem: `${worked} (inputs ${shapes})` });
    }
    shape ??= worked;
    return { ref: name, node: name, dtype: typeof dtype === 'function' ? dtype(attributes) : dtype, shape };
  }

  /** Adds an operation with several outputs of the same type, such as a split; `shapes` has one entry for each. */
  many(
    op: OpName,
    inputs: readonly NodeOutput[],
    shapes: readonly (Shape | undefined)[],
    options: NodeOptions = {},
  ) {
    const { name } = this.#add(op, opRules[op], inputs, options);
    const dtype = inputs[0]?.dtype ?? 'float32';
    return shapes.map((shape, i): NodeOutput => ({
      ref: i === 0 ? name : `${name}:${i}`,
      node: name,
      dtype,
      shape,
    }));
  }

  /** Adds an operation that has no output but does something, such as an assignment. */
  run(op: OpName, inputs: readonly NodeOutput[], options: NodeOptions = {}): Done {
    return { node: this.#add(op, opRules[op], inputs, options).name };
  }

  /** What is fed at each call. */
  placeholder(dtype: DType, shape: Shape, name = 'input'): NodeOutput {
    return this.op('Placeholder', [], {
      name,
      shape,
      attributes: { dtype: { type: dtype }, shape: { shape } },
    });
  }

  /** Fixed numbers; the same ones are one node. A plain number is a scalar, a list a vector unless `shape` says more. */
  constant(
    value: number | readonly number[] | Float32Array | Float64Array | Int32Array,
    options: { dtype?: 'float32' | 'float64' | 'int32' | 'int64'; shape?: readonly number[] } = {},
  ): NodeOutput {
    const { dtype = 'float32' } = options;
    const list = typeof value === 'number' ? [value] : Array.from(value);
    const shape = options.shape ?? (typeof value === 'number' ? [] : [list.length]);
    const array =
      dtype === 'float32'
        ? Float32Array.from(list)
        : dtype === 'float64'
          ? Float64Array.from(list)
          : dtype === 'int32'
            ? Int32Array.from(list)
            : BigInt64Array.from(list, BigInt);
    const bytes = new Uint8Array(array.buffer);
    const key = `${dtype} ${shape.join()} ${Buffer.from(bytes).toString('base64')}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const attributes = { dtype: { type: dtype }, value: { tensor: { dtype, shape, bytes } } };
    const made = this.op('Const', [], { name: 'constant', shape, attributes });
    this.#constants.set(key, made);
    return made;
  }

  /** A fixed text, or a list of them. */
  texts(value: string | readonly string[], name = 'texts'): NodeOutput {
    const [texts, size] = typeof value === 'string' ? [[value], []] : [value, [value.length]];
    const attributes = { dtype: { type: 'string' }, value: { texts, size } } as const;
    return this.op('Const', [], { name, shape: size, attributes });
  }

  /** A variable; assign it before it is read. It lives as long as the session. */
  variable(name: string, dtype: DType, shape: readonly number[]): Variable {
    const shared: Attribute = { text: name };
    const attributes: Attributes = {
      dtype: { type: dtype },
      shape: { shape },
      shared_name: shared,
      container: { text: this.#container },
    };
    return { handle: this.op('VarHandleOp', [], { name, attributes }), dtype, shape };
  }

  /** A variable's value. */
  read({ handle, dtype, shape }: Variable, options: Pick<NodeOptions, 'control'> = {}): NodeOutput {
    return this.op('ReadVariableOp', [handle], { ...options, shape, attributes: { dtype: { type: dtype } } });
  }

  /** Sets a variable. */
  assign(variable: Variable, value: NodeOutput, options: Pick<NodeOptions, 'control'> = {}): Done {
    return this.run('AssignVariableOp', [variable.handle, value], options);
  }

  #add(op: OpName, rule: OpRule, inputs: readonly NodeOutput[], options: NodeOptions) {
    const name = this.#unusedName(options.name ?? op);
    const types: Record<string, Attribute> = {};
    for (const [attribute, input] of Object.entries(rule.types)) {
      const from = inputs[input];
      if (!from) throw new GraphBuildError({ op, node: name, problem: `input ${input} is missing` });
      types[attribute] = { type: from.dtype };
    }
    const attributes = { ...types, ...options.attributes };
    const control = (options.control ?? []).map(({ node }) => `^${node}`);
    this.nodes.push({ name, op, inputs: [...inputs.map(({ ref }) => ref), ...control], attributes });
    return { name, attributes };
  }

  #unusedName(wanted: string): string {
    const count = this.#names.get(wanted) ?? 0;
    this.#names.set(wanted, count + 1);
    return count === 0 ? wanted : this.#unusedName(`${wanted}_${count}`);
  }
}
