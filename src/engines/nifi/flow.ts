/** A flow for NiFi as plain data: processors, the connections between them, and how much may wait in each. */
import { checkInteger, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { NifiFlowError } from '../errors.ts';

/** One step of a flow. */
export interface NifiProcessor {
  /** `GetFile`, one of NiFi's standard processors, or the full name of its class. */
  readonly type: string;
  /** In NiFi's own names, as its page shows them. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
  /** How long it waits between two runs: `500 ms`. Default `0 sec`: it runs whenever there is something to do. */
  readonly every?: string;
  /** Relationships whose data ends here. All others must be connected, or NiFi refuses the flow. */
  readonly drops?: readonly string[];
}

/** A queue between two steps. */
export interface NifiConnection {
  /** Names of processors; one may be connected with itself, to try again what failed. */
  readonly from: string;
  readonly to: string;
  /** What of the first one goes this way: `success`, or a name of its own that it gives. */
  readonly relationships: readonly string[];
  /** With this many files waiting, the step before the queue is not run: back-pressure. Default 10,000. */
  readonly mostFiles?: number;
}

/** A flow, as it is given. */
export interface NifiFlowOptions {
  /** What NiFi's page calls it. */
  readonly name: string;
  /** The steps, by names of your own. */
  readonly processors: Readonly<Record<string, NifiProcessor>>;
  readonly connections: readonly NifiConnection[];
}

/** A flow whose parts fit together, as far as can be seen without NiFi. Made by {@link nifiFlow}. */
export interface NifiFlow extends NifiFlowOptions {
  /** Steps that nothing leads to: the flow begins there. */
  readonly sources: readonly string[];
}

const flowNames: OptionNames<NifiFlowOptions> = { name: true, processors: true, connections: true };
const processorNames: OptionNames<NifiProcessor> = { type: true, properties: true, every: true, drops: true };
const connectionNames: OptionNames<NifiConnection> = {
  ...{ from: true, to: true },
  ...{ relationships: true, mostFiles: true },
};

/**
 * Checks a flow: every connection leads from one of its steps to another, the flow begins somewhere, and times are times. NiFi
 * itself checks properties and relationships when it gets the flow.
 *
 * @throws {@link NifiFlowError} (`ST_ENGINES_NIFI_FLOW`) that lists everything wrong; `UnknownOptionError`
 * @example
 * ```ts run
 * const flow = nifiFlow({
 *   name: 'files',
 *   processors: {
 *     read: { type: 'GetFile', properties: { 'Input Directory': 'in' } },
 *     keep: { type: 'PutFile', properties: { Directory: 'out' }, drops: ['success', 'failure'] },
 *   },
 *   connections: [{ from: 'read', to: 'keep', relationships: ['success'] }],
 * });
 * console.log(flow.sources); // [ 'read' ]
 * ```
 */
export function nifiFlow(options: NifiFlowOptions): NifiFlow {
  refuseUnknownOptions('nifiFlow', options, flowNames);
  const { name, processors, connections } = options;
  const issues: string[] = [];
  if (name.trim() === '') issues.push('it has no name');
  for (const [step, processor] of Object.entries(processors)) {
    refuseUnknownOptions(`the processor "${step}"`, processor, processorNames);
    if (!/^[A-Z][\w]*$|^[\w.]+\.[A-Z]\w*$/.test(processor.type))
      issues.push(`"${step}" has the type ${JSON.stringify(processor.type)}, which is no processor's name`);
    if (processor.every !== undefined && !/^\d+ (ms|millis|sec|min|hours?)$/.test(processor.every))
      issues.push(
        `"${step}" runs every ${JSON.stringify(processor.every)}, which must read like 500 ms or 2 sec`,
      );
  }
  const led = new Set<string>();
  for (const connection of connections) {
    refuseUnknownOptions('a connection', connection, connectionNames);
    const { from, to, relationships, mostFiles } = connection;
    if (mostFiles !== undefined) checkInteger('mostFiles', mostFiles, { least: 1 });
    for (const end of [from, to])
      if (!Object.hasOwn(processors, end))
        issues.push(`a connection from "${from}" to "${to}": there is no processor "${end}"`);
    if (relationships.length === 0) issues.push(`nothing goes from "${from}" to "${to}": no relationships`);
    for (const relationship of relationships)
      if (Object.hasOwn(processors, from) && processors[from]?.drops?.includes(relationship))
        issues.push(`"${from}" drops "${relationship}", which is connected to "${to}"`);
    if (from !== to) led.add(to);
  }
  const sources = Object.keys(processors).filter((step) => !led.has(step));
  if (sources.length === 0) issues.push('it begins nowhere: every processor has one before it');
  if (issues.length > 0) throw new NifiFlowError({ flow: name, issues });
  return { name, processors, connections, sources };
}

/** The full name of a processor's class. */
export function classOf({ type }: NifiProcessor): string {
  return type.includes('.') ? type : `org.apache.nifi.processors.standard.${type}`;
}

/** As many files as there are: NiFi sets aside room for so many. Its own `GetFile` takes ten at a time, and leaves the others for its next run. */
export const ALL_FILES = { 'Batch Size': 1_000_000 };

/** The steps of a flow that is to be run once which would take some of the files of a folder, and leave the rest. */
export function takersOfSome({ processors, sources }: NifiFlow): string[] {
  return sources.filter((name) => {
    const { type = '', properties = {} } = processors[name] ?? {};
    return type.endsWith('GetFile') && properties['Batch Size'] === undefined;
  });
}

/** Properties as NiFi takes them. */
export function textsOf({ properties = {} }: NifiProcessor): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]));
}
