/** Writes a graph as the bytes of a TensorFlow `saved_model.pb`. */
import { graphMessages, type Message, type Messages } from './binding.ts';
import {
  dtypeNumbers,
  portName,
  type Attribute,
  type NodeOutput,
  type NodeSpec,
  type Shape,
} from './types.ts';

/** The tag a session is loaded by. */
export const SERVE = 'serve';
/** `GraphDef` version of TensorFlow 2.x graphs (producer) and the oldest reader they allow. */
const PRODUCER = 987;
const MIN_CONSUMER = 12;
/** `SaverDef.CheckpointFormatVersion.V2`. */
const CHECKPOINT_V2 = 2;

/** What other programs need besides the graph. */
export interface SavedModelParts {
  /** Inputs and outputs by name, by the name of the signature. */
  readonly signatures: Readonly<Record<string, { readonly inputs: Ports; readonly outputs: Ports }>>;
  /** The nodes that read the variables from their file, and write them there. */
  readonly saver: { readonly filename: NodeOutput; readonly save: NodeOutput; readonly restore: string };
  readonly variables: readonly SavedVariable[];
}

/** Outputs of nodes by the name they are known by outside. */
export type Ports = Readonly<Record<string, NodeOutput>>;

/** The nodes of a variable by their names. */
interface SavedVariable {
  readonly handle: string;
  readonly initializer: string;
  readonly value: string;
}

/** The bytes of `saved_model.pb`: one graph with the tag `serve`, no functions. */
export function savedModelBytes(nodes: readonly NodeSpec[], parts?: SavedModelParts): Uint8Array {
  const pb = graphMessages();
  const versions = new pb.VersionDef();
  versions.setProducer(PRODUCER);
  versions.setMinConsumer(MIN_CONSUMER);
  const graph = new pb.GraphDef();
  graph.setVersions(versions);
  for (const node of nodes) graph.addNode(nodeMessage(pb, node));
  const info = new pb.MetaGraphDef.MetaInfoDef();
  info.addTags(SERVE);
  // Readers of today look for it; the graph itself is of any TensorFlow 2.
  if (parts) info.setTensorflowVersion('2.9.1');
  const metaGraph = new pb.MetaGraphDef();
  metaGraph.setMetaInfoDef(info);
  metaGraph.setGraphDef(graph);
  if (parts) addParts(pb, metaGraph, parts);
  const model = new pb.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(metaGraph);
  return model.serializeBinary();
}

function addParts(
  pb: Messages,
  metaGraph: InstanceType<Messages['MetaGraphDef']>,
  { signatures, saver, variables }: SavedModelParts,
): void {
  const saverDef = new pb.SaverDef();
  saverDef.setFilenameTensorName(portName(saver.filename));
  saverDef.setSaveTensorName(portName(saver.save));
  saverDef.setRestoreOpName(saver.restore);
  saverDef.setVersion(CHECKPOINT_V2);
  metaGraph.setSaverDef(saverDef);
  for (const [name, { inputs, outputs }] of Object.entries(signatures)) {
    const signature = new pb.SignatureDef();
    signature.setMethodName('tensorflow/serving/predict');
    for (const [port, output] of Object.entries(inputs))
      signature.getInputsMap().set(port, tensorInfo(pb, output));
    for (const [port, output] of Object.entries(outputs))
      signature.getOutputsMap().set(port, tensorInfo(pb, output));
    metaGraph.getSignatureDefMap().set(name, signature);
  }
  const list = new pb.CollectionDef.BytesList();
  list.setValueList(variables.map(variableDef));
  const collection = new pb.CollectionDef();
  collection.setBytesList(list);
  for (const name of ['variables', 'trainable_variables'])
    metaGraph.getCollectionDefMap().set(name, collection);
}

function tensorInfo(pb: Messages, output: NodeOutput): Message {
  const info = new pb.TensorInfo();
  info.setName(portName(output));
  info.setDtype(dtypeNumbers[output.dtype]);
  info.setTensorShape(shapeMessage(pb, output.shape ?? []));
  return info;
}

/**
 * The bytes of a `VariableDef` message of TensorFlow, which tfjs-node has no class of: texts in the fields 1 (variable), 2
 * (initializer), 3 (value now) and 6 (first value), and 1 in the fields 5 (is a resource) and 7 (is trained).
 */
function variableDef({ handle, initializer, value }: SavedVariable): Uint8Array {
  const text = (field: number, content: string): number[] => {
    const bytes = [...Buffer.from(content)];
    return [(field << 3) | 2, ...varint(bytes.length), ...bytes];
  };
  const yes = (field: number): number[] => [field << 3, 1];
  return Uint8Array.from([
    ...text(1, `${handle}:0`),
    ...text(2, initializer),
    ...text(3, `${value}:0`),
    ...yes(5),
    ...text(6, `${value}:0`),
    ...yes(7),
  ]);
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function nodeMessage(pb: Messages, { name, op, inputs, attributes }: NodeSpec): Message {
  const node = new pb.NodeDef();
  node.setName(name);
  node.setOp(op);
  node.setInputList([...inputs]);
  const map = node.getAttrMap();
  for (const [key, value] of Object.entries(attributes)) map.set(key, attributeMessage(pb, value));
  return node;
}

function attributeMessage(pb: Messages, value: Attribute): Message {
  const message = new pb.AttrValue();
  if (typeof value === 'boolean') message.setB(value);
  else if ('int' in value) message.setI(value.int);
  else if ('float' in value) message.setF(value.float);
  else if ('text' in value) message.setS(new TextEncoder().encode(value.text));
  else if ('type' in value) message.setType(dtypeNumbers[value.type]);
  else if ('shape' in value) message.setShape(shapeMessage(pb, value.shape));
  else if ('types' in value) {
    const list = new pb.AttrValue.ListValue();
    list.setTypeList(value.types.map((type) => dtypeNumbers[type]));
    message.setList(list);
  } else message.setTensor(tensorMessage(pb, value));
  return message;
}

function tensorMessage(pb: Messages, value: Extract<Attribute, { tensor: unknown } | { texts: unknown }>) {
  const message = new pb.Tensor();
  if ('texts' in value) {
    message.setDtype(dtypeNumbers.string);
    message.setTensorShape(shapeMessage(pb, value.size));
    message.setStringValList(value.texts.map((text) => new TextEncoder().encode(text)));
  } else {
    message.setDtype(dtypeNumbers[value.tensor.dtype]);
    message.setTensorShape(shapeMessage(pb, value.tensor.shape));
    message.setTensorContent(value.tensor.bytes);
  }
  return message;
}

function shapeMessage(pb: Messages, shape: Shape): Message {
  const message = new pb.TensorShape();
  for (const size of shape) {
    const dim = new pb.TensorShape.Dim();
    dim.setSize(size ?? -1);
    message.addDim(dim);
  }
  return message;
}
