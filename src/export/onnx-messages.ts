/**
 * The messages of the ONNX format that a model is written with: a part of `onnx.proto` (IR version 8, the numbers of fields
 * never change), which protobufjs turns into bytes.
 */
import type { Type } from 'protobufjs';
import { ExportPackageError } from './errors.ts';

const field = (id: number, type: string) => ({ id, type });
const many = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const messages = {
  ModelProto: {
    ir_version: field(1, 'int64'),
    producer_name: field(2, 'string'),
    producer_version: field(3, 'string'),
    graph: field(7, 'GraphProto'),
    opset_import: many(8, 'OperatorSetIdProto'),
    metadata_props: many(14, 'StringStringEntryProto'),
  },
  OperatorSetIdProto: { domain: field(1, 'string'), version: field(2, 'int64') },
  StringStringEntryProto: { key: field(1, 'string'), value: field(2, 'string') },
  GraphProto: {
    node: many(1, 'NodeProto'),
    name: field(2, 'string'),
    initializer: many(5, 'TensorProto'),
    input: many(11, 'ValueInfoProto'),
    output: many(12, 'ValueInfoProto'),
  },
  NodeProto: {
    input: many(1, 'string'),
    output: many(2, 'string'),
    name: field(3, 'string'),
    op_type: field(4, 'string'),
    attribute: many(5, 'AttributeProto'),
  },
  AttributeProto: {
    name: field(1, 'string'),
    f: field(2, 'float'),
    i: field(3, 'int64'),
    type: field(20, 'int32'),
  },
  TensorProto: {
    dims: many(1, 'int64'),
    data_type: field(2, 'int32'),
    name: field(8, 'string'),
    raw_data: field(9, 'bytes'),
  },
  ValueInfoProto: { name: field(1, 'string'), type: field(2, 'TypeProto') },
  TypeProto: { tensor_type: field(1, 'TensorTypeProto') },
  TensorTypeProto: { elem_type: field(1, 'int32'), shape: field(2, 'TensorShapeProto') },
  TensorShapeProto: { dim: many(1, 'DimensionProto') },
  DimensionProto: { dim_value: field(1, 'int64'), dim_param: field(2, 'string') },
} as const;

/** Numbers of element types. */
export const elementTypes = { float32: 1, float64: 11 } as const;
/** Numbers of the kinds of attributes. */
export const attributeTypes = { float: 1, int: 2 } as const;

/** A tensor with its numbers, little-endian. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data_type: number;
  readonly raw_data: Uint8Array;
}

/** One operation. */
export interface OnnxNode {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly op_type: string;
  readonly attribute: readonly {
    readonly name: string;
    readonly f?: number;
    readonly i?: number;
    readonly type: number;
  }[];
}

/** An input or output of a graph. */
export interface OnnxValue {
  readonly name: string;
  readonly type: object;
}

/** A whole model. */
export interface OnnxModel {
  readonly ir_version: number;
  readonly producer_name: string;
  readonly opset_import: readonly { readonly domain: string; readonly version: number }[];
  readonly metadata_props: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly OnnxNode[];
    readonly initializer: readonly OnnxTensor[];
    readonly input: readonly OnnxValue[];
    readonly output: readonly OnnxValue[];
  };
}

/**
 * The message of a whole model, to encode and decode.
 *
 * @throws ExportPackageError (`ST_EXPORT_PACKAGE`) where protobufjs is not installed
 */
export async function onnxModelType(): Promise<Type> {
  const { default: protobuf } = await import('protobufjs/light.js').catch((cause: unknown) => {
    throw new ExportPackageError({ format: 'onnx', name: 'protobufjs', cause });
  });
  const nested = Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, { fields }]));
  return protobuf.Root.fromJSON({ nested: { onnx: { nested } } }).lookupType('onnx.ModelProto');
}
