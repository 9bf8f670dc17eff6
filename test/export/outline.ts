/** What is in exported files besides the numbers of the weights, as a digest, and those numbers by name. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Dataset, Group } from 'h5wasm/node';
import { onnxModelType, type OnnxModel } from '../../src/export/onnx-messages.ts';

interface Outline {
  readonly outline: string;
  readonly weights: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads the files again.
 *
 * @param isWide whether the weights are float64
 */
export async function outlineOf(
  format: 'saved-model' | 'keras' | 'onnx',
  folder: string,
  isWide: boolean,
): Promise<Outline> {
  if (format === 'onnx') return onnxOutline(path.join(folder, 'model.onnx'));
  if (format === 'keras') return kerasOutline(path.join(folder, 'model.h5'));
  const file = readFileSync(path.join(folder, 'variables', 'variables.data-00000-of-00001'));
  const { buffer } = new Uint8Array(file);
  const floats = isWide ? new Float64Array(buffer) : new Float32Array(buffer);
  return {
    outline: digest(readFileSync(path.join(folder, 'saved_model.pb'))),
    weights: new Map([['variables', [...floats]]]),
  };
}

async function onnxOutline(file: string): Promise<Outline> {
  const type = await onnxModelType();
  const model = type.toObject(type.decode(readFileSync(file)), { longs: Number }) as OnnxModel;
  const weights = new Map(
    model.graph.initializer.map(({ name, raw_data: raw, data_type }) => {
      const { buffer } = new Uint8Array(raw);
      return [name, [...(data_type === 1 ? new Float32Array(buffer) : new Float64Array(buffer))]];
    }),
  );
  const initializer = model.graph.initializer.map(({ raw_data: _, ...rest }) => rest);
  const rest = { ...model, graph: { ...model.graph, initializer } };
  return { outline: digest(JSON.stringify(rest)), weights };
}

async function kerasOutline(file: string): Promise<Outline> {
  const { default: h5wasm } = await import('h5wasm/node');
  await h5wasm.ready;
  const h5 = new h5wasm.File(file, 'r');
  const lines: string[] = [];
  const weights = new Map<string, readonly number[]>();
  const visit = (group: Group, at: string): void => {
    for (const [name, { value }] of Object.entries(group.attrs))
      lines.push(`${at}@${name} ${JSON.stringify(value)}`);
    for (const name of group.keys()) {
      const item = group.get(name) as Group | Dataset;
      lines.push(`${at}/${name} ${item.type}`);
      if ('keys' in item) visit(item, `${at}/${name}`);
      else {
        const { shape, value } = item;
        lines.push(JSON.stringify(shape));
        weights.set(`${at}/${name}`, [...(value as Float32Array | Float64Array)]);
      }
    }
  };
  visit(h5, '');
  h5.close();
  return { outline: digest(lines.join('\n')), weights };
}

const digest = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
