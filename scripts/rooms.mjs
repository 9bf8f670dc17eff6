// Our own compiled code, with its types, and the steps of set-up in it; call bootstrap() first.
import { findNpm } from './bootstrap.mjs';

/**
 * @typedef {object} Rooms
 * @property {typeof import('../src/process/index.ts')} process
 * @property {typeof import('../src/install/index.ts')} install
 * @property {typeof import('../src/jupyter/index.ts')} jupyter
 * @property {typeof import('../src/broker/index.ts')} broker
 */

/**
 * Imports one room of `dist`. The address is put together here so that type checking needs `src` only.
 *
 * @template {keyof Rooms} Name
 * @param {Name} name
 * @returns {Promise<Rooms[Name]>}
 */
export async function room(name) {
  return import(new URL(`../dist/${name}/index.js`, import.meta.url).href);
}

/**
 * Runs every step of set-up that is missing after bootstrap and prints a line for each.
 *
 * @param {{ withBroker?: boolean }} [options] `withBroker`: also Java and Kafka; default true
 * @returns {Promise<void>}
 */
export async function setUp({ withBroker = true } = {}) {
  const install = await room('install');
  const { kernelSnapshotStep, kernelSpecStep } = await room('jupyter');
  const project = install.projectAt();
  const { folder: cache, note } = install.cacheFolder();
  if (note) console.log(`  ${note}`);
  const broker = withBroker ? await room('broker') : undefined;
  await broker?.requireWayToKafka({ cache }); // before anything large is fetched
  const steps = [
    install.pythonStep(project),
    install.nativeTensorFlowStep({ project, cache, npmCli: findNpm() }),
    kernelSpecStep(project),
    kernelSnapshotStep(),
  ];
  if (broker) steps.push(...broker.brokerSteps({ project, cache }));
  await install.runSteps(steps);
}
