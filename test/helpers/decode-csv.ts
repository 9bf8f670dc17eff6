/** TensorFlow's own `tf.io.decode_csv`, run natively: the decoder that tensorflow-io hands a message's text to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nativeBinding, type NativeArray } from '../../src/graph/binding.ts';

/** A message of the generated protobuf classes, which have no types; setters by name. */
type Message = Record<string, (value?: unknown) => void> & {
  getAttrMap(): { set(name: string, value: Message): void };
  serializeBinary(): Uint8Array;
};
type Messages = Record<string, new () => Message> & {
  AttrValue: { ListValue: new () => Message };
  TensorShape: { Dim: new () => Message };
  MetaGraphDef: { MetaInfoDef: new () => Message };
};

const [FLOAT, STRING] = [1, 7];

/**
 * What the decoder makes of one row of numbers, each column with the same default.
 *
 * @throws what TensorFlow says where it refuses the row
 */
export function decodeCsv(row: string, columns: number, fallback: number): number[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'decode-csv-'));
  const binding = nativeBinding();
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), graphOf(columns, fallback));
    const session = binding.loadSavedModel(folder, 'serve');
    const text = [new TextEncoder().encode(row)] as unknown as NativeArray;
    const outputs = Array.from({ length: columns }, (_, column) => `decoded:${column}`).join();
    const found = binding.runSavedModel(
      session,
      [binding.createTensor([1], STRING, text)],
      'rows:0',
      outputs,
    );
    binding.deleteSavedModel(session);
    return found.map(({ id }) => binding.tensorDataSync(id)[0]!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function graphOf(columns: number, fallback: number): Uint8Array {
  const pb = createRequire(import.meta.url)('@tensorflow/tfjs-node/dist/proto/api_pb.js') as Messages;
  const made = (message: new () => Message, parts: Record<string, unknown>): Message => {
    const one = new message();
    for (const [part, value] of Object.entries(parts)) one[`set${part}`]!.call(one, value);
    return one;
  };
  const node = (Name: string, Op: string, InputList: string[], attributes: Record<string, Message>) => {
    const one = made(pb['NodeDef']!, { Name, Op, InputList });
    for (const [name, value] of Object.entries(attributes)) one.getAttrMap().set(name, value);
    return one;
  };
  const attribute = (parts: Record<string, unknown>) => made(pb.AttrValue as never, parts);
  const shape = made(pb.TensorShape as never, { DimList: [made(pb.TensorShape.Dim, { Size: 1 })] });
  const bytes = new Uint8Array(Float32Array.of(fallback).buffer);
  const value = attribute({
    Tensor: made(pb['Tensor']!, { Dtype: FLOAT, TensorShape: shape, TensorContent: bytes }),
  });
  const names = Array.from({ length: columns }, (_, column) => `default${column}`);
  const types = made(pb.AttrValue.ListValue, { TypeList: names.map(() => FLOAT) });
  const NodeList = [
    node('rows', 'Placeholder', [], { dtype: attribute({ Type: STRING }) }),
    ...names.map((name) => node(name, 'Const', [], { dtype: attribute({ Type: FLOAT }), value })),
    node('decoded', 'DecodeCSV', ['rows', ...names], { OUT_TYPE: attribute({ List: types }) }),
  ];
  const Versions = made(pb['VersionDef']!, { Producer: 987, MinConsumer: 12 });
  const MetaInfoDef = made(pb.MetaGraphDef.MetaInfoDef, { TagsList: ['serve'] });
  const graph = made(pb.MetaGraphDef as never, {
    MetaInfoDef,
    GraphDef: made(pb['GraphDef']!, { NodeList, Versions }),
  });
  return made(pb['SavedModel']!, { SavedModelSchemaVersion: 1, MetaGraphsList: [graph] }).serializeBinary();
}
