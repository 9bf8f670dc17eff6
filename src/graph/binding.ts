/**
 * The parts of tfjs-node that are not public, and that graphs are written and run by: the native calls behind
 * `tf.backend()`, and the generated classes of TensorFlow's messages. No other file of this project knows them.
 *
 * Why: tfjs-node runs a graph of its own making (`tf.node.loadSavedModel`) only tensor by tensor and for prediction; a
 * training step in one native call needs the session itself. Read from, and tried on, @tensorflow/tfjs-node 4.22.0 (with
 * TensorFlow 2.9.1). Where a part is absent (another backend, another version), {@link nativeBinding} says so with
 * GraphBackendError (`ST_GRAPH_BACKEND`) before anything is run.
 */
import { createRequire } from 'node:module';
import { tensorflow } from '../tensorflow.ts';
import { GraphBackendError } from './errors.ts';

/** Arrays the binding takes and gives. */
export type NativeArray = Float32Array | Int32Array | Uint8Array;

/** What the binding says of an output. */
interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** `tf.backend().binding`; tensors made by it are not seen by `tf.memory()`, so whoever makes one deletes it. */
export interface NativeBinding {
  createTensor(shape: readonly number[], dtype: number, data: NativeArray): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): NativeArray;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(session: number, inputs: number[], inputNames: string, outputNames: string): NativeTensor[];
}

const calls: readonly (keyof NativeBinding)[] = [
  'createTensor',
  'deleteTensor',
  'tensorDataSync',
  'loadSavedModel',
  'deleteSavedModel',
  'runSavedModel',
];

/**
 * The binding, its TensorFlow loaded at the first call.
 *
 * @throws GraphBackendError (`ST_GRAPH_BACKEND`)
 */
export function nativeBinding(): NativeBinding {
  const { binding } = tensorflow().backend() as unknown as { binding?: Partial<NativeBinding> };
  const missing = calls.find((call) => typeof binding?.[call] !== 'function');
  if (missing !== undefined) throw absent(`its native call ${missing}`);
  return binding as NativeBinding;
}

/** A protobuf message of the generated classes; setters by name. */
export interface Message {
  serializeBinary(): Uint8Array;
}
type MessageOf<Setters extends string, Maps extends string = never> = Message &
  Record<Setters, (value: unknown) => void> &
  Record<Maps, () => { set(key: string, value: Message): void }>;
type Class<M> = new () => M;

/** The part we use of `@tensorflow/tfjs-node/dist/proto/api_pb.js`, which has no types of its own. */
export interface Messages {
  readonly SavedModel: Class<MessageOf<'setSavedModelSchemaVersion' | 'addMetaGraphs'>>;
  readonly MetaGraphDef: Class<
    MessageOf<'setMetaInfoDef' | 'setGraphDef' | 'setSaverDef', 'getSignatureDefMap' | 'getCollectionDefMap'>
  > & { readonly MetaInfoDef: Class<MessageOf<'addTags' | 'setTensorflowVersion'>> };
  readonly SaverDef: Class<
    MessageOf<'setFilenameTensorName' | 'setSaveTensorName' | 'setRestoreOpName' | 'setVersion'>
  >;
  readonly SignatureDef: Class<MessageOf<'setMethodName', 'getInputsMap' | 'getOutputsMap'>>;
  readonly TensorInfo: Class<MessageOf<'setName' | 'setDtype' | 'setTensorShape'>>;
  readonly CollectionDef: Class<MessageOf<'setBytesList'>> & {
    readonly BytesList: Class<MessageOf<'setValueList'>>;
  };
  readonly GraphDef: Class<MessageOf<'addNode' | 'setVersions'>>;
  readonly VersionDef: Class<MessageOf<'setProducer' | 'setMinConsumer'>>;
  readonly NodeDef: Class<MessageOf<'setName' | 'setOp' | 'setInputList', 'getAttrMap'>>;
  readonly AttrValue: Class<
    MessageOf<'setB' | 'setI' | 'setF' | 'setS' | 'setType' | 'setShape' | 'setTensor' | 'setList'>
  > & { readonly ListValue: Class<MessageOf<'setTypeList'>> };
  readonly TensorShape: Class<MessageOf<'addDim'>> & { readonly Dim: Class<MessageOf<'setSize'>> };
  readonly Tensor: Class<MessageOf<'setDtype' | 'setTensorShape' | 'setTensorContent' | 'setStringValList'>>;
}

let messages: Messages | undefined;

/**
 * The classes of TensorFlow's messages.
 *
 * @throws GraphBackendError (`ST_GRAPH_BACKEND`)
 */
export function graphMessages(): Messages {
  const file = '@tensorflow/tfjs-node/dist/proto/api_pb.js';
  try {
    messages ??= createRequire(import.meta.url)(file) as Messages;
  } catch (cause) {
    throw absent(`its file ${file}`, cause);
  }
  return messages;
}

function absent(missing: string, cause?: unknown): GraphBackendError {
  const tf = tensorflow();
  const version = (tf.version as Readonly<Record<string, string>>)['tfjs-node'] ?? 'unknown';
  return new GraphBackendError({ missing, backend: tf.getBackend(), version, cause });
}
