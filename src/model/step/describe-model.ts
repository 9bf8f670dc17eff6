/** A model's layers and optimizer as plain values that are the same in every process, to tell another model by. */
import type { Optimizer } from '@tensorflow/tfjs-node';
import type { Blueprint } from './clone.ts';

/** Keys whose texts are names of layers. */
const namesOfLayers = new Set(['name', 'inboundNodes', 'inputLayers', 'outputLayers']);

/**
 * The description without what differs from process to process or does not matter once weights are there: names become
 * numbers in order of appearance; initializers and seeds are left out.
 */
export function describeModel({ config, switches }: Pick<Blueprint, 'config' | 'switches'>): unknown {
  const numbers = new Map<string, string>();
  const numberOf = (name: string) => {
    const found = numbers.get(name) ?? `#${numbers.size}`;
    numbers.set(name, found);
    return found;
  };
  const plain = (value: unknown, isName: boolean): unknown => {
    if (typeof value === 'string') return isName ? numberOf(value) : value;
    if (Array.isArray(value)) return value.map((part) => plain(part, isName));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => !/initializer$/i.test(key) && key !== 'seed');
    return Object.fromEntries(
      kept.map(([key, part]) => [key, plain(part, isName || namesOfLayers.has(key))]),
    );
  };
  const trained = switches.map(({ layer, weights }) => [layer, ...weights].map(Number).join(''));
  return { config: plain(config, false), trained: trained.join(' ') };
}

/** An optimizer of tfjs by its class and settings, all but the learning rate, which may be another for the next life. */
export function describeOptimizer(optimizer: Optimizer): unknown {
  const { learningRate: _, ...settings } = optimizer.getConfig();
  return { kind: optimizer.getClassName(), ...settings };
}
