/** A flow as a file for NiFi Stateless, and the settings with which it is run there. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { toProperties } from '../../broker/properties.ts';
import { NIFI } from './parts.ts';
import { ALL_FILES, classOf, takersOfSome, textsOf, type NifiFlow } from './flow.ts';

/** Where data goes that a step of the flow would try again: out of the flow, as a failure of the whole run. */
const FAILED = 'failed';

/**
 * The flow as NiFi's registry writes it. Stateless takes no loops: what a step would try again leaves the flow by a port
 * that stands for failure, and the run is undone as a whole: its sources keep what they gave.
 */
export function flowSnapshot(flow: NifiFlow): object {
  const group = idOf(flow.name);
  const takers = takersOfSome(flow);
  const common = { groupIdentifier: group, componentType: 'PROCESSOR' };
  const processors = Object.entries(flow.processors).map(([name, processor]) => ({
    ...{ identifier: idOf(flow.name, name), name, comments: '', position: { x: 0, y: 0 }, style: {} },
    type: classOf(processor),
    properties: {
      ...textsOf(processor),
      ...(takers.includes(name) && textsOf({ ...processor, properties: ALL_FILES })),
    },
    propertyDescriptors: {},
    bundle: { group: 'org.apache.nifi', artifact: 'nifi-standard-nar', version: NIFI.version },
    ...{ schedulingPeriod: '0 sec', schedulingStrategy: 'TIMER_DRIVEN', executionNode: 'ALL' },
    ...{ penaltyDuration: '1 sec', yieldDuration: '1 sec', bulletinLevel: 'WARN', runDurationMillis: 0 },
    ...{ concurrentlySchedulableTaskCount: 1, scheduledState: 'ENABLED' },
    ...{ autoTerminatedRelationships: processor.drops ?? [], retryCount: 0, retriedRelationships: [] },
    ...common,
  }));
  const end = (name: string) => ({ id: idOf(flow.name, name), type: 'PROCESSOR', groupId: group, name });
  const port = { id: idOf(flow.name, 'port', FAILED), type: 'OUTPUT_PORT', groupId: group, name: FAILED };
  const connections = flow.connections.map(({ from, to, relationships, mostFiles = 10_000 }, at) => ({
    ...{ identifier: idOf(flow.name, 'connection', String(at)), name: '' },
    ...{ source: end(from), destination: from === to ? port : end(to), selectedRelationships: relationships },
    ...{ backPressureObjectThreshold: mostFiles, backPressureDataSizeThreshold: '100 MB' },
    ...{ flowFileExpiration: '0 sec', prioritizers: [], bends: [], labelIndex: 1, zIndex: 0 },
    ...{ loadBalanceStrategy: 'DO_NOT_LOAD_BALANCE', loadBalanceCompression: 'DO_NOT_COMPRESS' },
    ...{ groupIdentifier: group, componentType: 'CONNECTION' },
  }));
  const isTriedAgain = flow.connections.some(({ from, to }) => from === to);
  const failed = {
    ...{ identifier: port.id, name: FAILED, type: 'OUTPUT_PORT', position: { x: 0, y: 0 } },
    ...{ concurrentlySchedulableTaskCount: 1, scheduledState: 'ENABLED', allowRemoteAccess: false },
    ...{ groupIdentifier: group, componentType: 'OUTPUT_PORT' },
  };
  return {
    flowContents: {
      ...{ identifier: group, name: flow.name, comments: '', position: { x: 0, y: 0 } },
      ...{ processors, connections, inputPorts: [], outputPorts: isTriedAgain ? [failed] : [] },
      ...{ processGroups: [], remoteProcessGroups: [], labels: [], funnels: [], controllerServices: [] },
      ...{ variables: {}, flowFileConcurrency: 'UNBOUNDED', componentType: 'PROCESS_GROUP' },
      flowFileOutboundPolicy: 'STREAM_WHEN_AVAILABLE',
    },
    ...{ flowEncodingVersion: '1.0', parameterContexts: {}, externalControllerServices: {} },
    ...{ parameterProviders: {}, latest: false },
  };
}

/** The two files of settings: of the engine, and of the flow. */
export function statelessSettings(
  flow: NifiFlow,
  { folder, parts, sensitiveKey }: { folder: string; parts: string; sensitiveKey: string },
): { engine: string; flow: string } {
  const at = (name: string) => path.join(folder, name);
  return {
    engine: toProperties({
      'nifi.stateless.nar.directory': path.join(parts, 'common'),
      'nifi.stateless.working.directory': at('stateless-work'),
      'nifi.stateless.extensions.directory': at('stateless-extensions'),
      'nifi.stateless.content.repository.directory': at('stateless-content'),
      'nifi.stateless.sensitive.props.key': sensitiveKey,
      'nifi.stateless.security.keystore': '',
      'nifi.stateless.security.truststore': '',
    }),
    // Not Java's format: NiFi takes each line as it stands, in UTF-8. The file is that of the folder in which it works.
    flow: [
      'nifi.stateless.flow.snapshot.file=flow.json',
      `nifi.stateless.flow.name=${flow.name.replaceAll(/\s+/g, ' ')}`,
      `nifi.stateless.failure.port.names=${FAILED}`,
      '',
    ].join('\n'),
  };
}

/** An id as NiFi wants them, the same for the same name. */
function idOf(...names: string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(names)).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}
