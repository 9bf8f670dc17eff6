/** Writes a graph as the bytes of a TensorFlow `saved_model.pb`. */
import { graphMessages, type Message, type Messages } from './binding.ts';
import { dtypeNumbers, type Attribute, type NodeSpec, type Shape } from './types.ts';

/** The tag a session is loaded by. */
export const SERVE = 'serve';
/** `GraphDef` version of TensorFlow 2.x graphs (producer) and the oldest reader they allow. */
const PRODUCER = 987;
const MIN_CONSUMER = 12;

/** The bytes of `saved_model.pb`: one graph with the tag `serve`, no variables, no functions. */
export function savedModelBytes(nodes: readonly NodeSpec[]): Uint8Array {
  const pb = graphMessages();
  const versions = new pb.VersionDef();
  versions.setProducer(PRODUCER);
  versions.setMinConsumer(MIN_CONSUMER);
  const graph = new pb.GraphDef();
  graph.setVersions(versions);
  for (const node of nodes) graph.addNode(nodeMessage(pb, node));
  const info = new pb.MetaGraphDef.MetaInfoDef();
  info.addTags(SERVE);
  const metaGraph = new pb.MetaGraphDef();
  metaGraph.setMetaInfoDef(info);
  metaGraph.setGraphDef(graph);
  const model = new pb.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(metaGraph);
  return model.serializeBinary();
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
  else {
    const tensor = new pb.Tensor();
    tensor.setDtype(dtypeNumbers[value.tensor.dtype]);
    tensor.setTensorShape(shapeMessage(pb, value.tensor.shape));
    tensor.setTensorContent(value.tensor.bytes);
    message.setTensor(tensor);
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
