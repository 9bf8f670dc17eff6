// The steps of set-up that come after bootstrap, for every script that needs them.
import { findNpm } from './bootstrap.mjs';
import { room } from './rooms.mjs';

/**
 * Runs every step that is missing and prints a line for each.
 *
 * @param {{ withBroker?: boolean }} [options] `withBroker`: also Java and Kafka; default true
 * @returns {Promise<void>}
 */
export async function setUp({ withBroker = true } = {}) {
  const install = await room('install');
  const { kernelSpecStep } = await room('jupyter');
  const project = install.projectAt();
  const { folder: cache, note } = install.cacheFolder();
  if (note) console.log(`  ${note}`);
  const steps = [
    install.pythonStep(project),
    install.nativeTensorFlowStep({ project, cache, npmCli: findNpm() }),
    kernelSpecStep(project),
  ];
  if (withBroker) {
    const { brokerSteps } = await room('broker');
    steps.push(...brokerSteps({ project, cache }));
  }
  await install.runSteps(steps);
}
