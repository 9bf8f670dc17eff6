/** The graph room's public face: builds TensorFlow graphs and runs them natively. */

export * from './errors.ts';
export { GraphBuilder, type Done, type NodeOptions, type Variable } from './builder.ts';
export { Maths, type Operand } from './maths.ts';
export type { OpName } from './ops.ts';
export type { NativeArray } from './binding.ts';
export { loadGraph, type Feed, type GraphSession, type Signature } from './session.ts';
export { writeSavedModel, type SavedModelContent, type VariableValues } from './write-saved-model.ts';
export { sweepTemporaryFolders } from './temporary-folder.ts';
export type { Attribute, Attributes, DType, NodeOutput, Shape } from './types.ts';
