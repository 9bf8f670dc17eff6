/** The graph room's public face: builds TensorFlow graphs and runs them natively. */

export * from './errors.ts';
export { GraphBuilder, type Done, type NodeOptions, type Variable } from './builder.ts';
export { Maths, type Operand } from './maths.ts';
export type { OpName } from './ops.ts';
export type { NativeArray } from './binding.ts';
export { loadGraph, type GraphSession } from './session.ts';
export type { Feed, HeldCall, Signature } from './signature.ts';
export { writeSavedModel, type SavedModelContent, type VariableValues } from './write-saved-model.ts';
export type { Attribute, Attributes, DType, NodeOutput, Shape } from './types.ts';
