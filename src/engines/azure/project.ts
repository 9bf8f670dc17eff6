/** The files of a Stream Analytics job as Azure's extension for Visual Studio Code keeps them: read, and checked as a whole. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { StreamAnalyticsProjectError } from '../errors.ts';
import { alignsWithDays, namesIn, tumblingWindowOf, type StreamAnalyticsWindow } from './query.ts';

/** An event hub that a job reads or writes. */
export interface EventHubPlace {
  /** What the query calls it. */
  readonly name: string;
  readonly namespace: string;
  readonly eventHub: string;
}

/** A job whose files fit together. */
export interface StreamAnalyticsProject {
  readonly name: string;
  /** The query's text, as it stands in its file. */
  readonly query: string;
  readonly inputs: readonly EventHubPlace[];
  readonly outputs: readonly EventHubPlace[];
  /** The tumbling window that the query groups by, where it groups by one. */
  readonly window: StreamAnalyticsWindow | undefined;
}

const text = z.string().min(1, 'must not be empty');

const projectSchema = z.strictObject({
  name: text,
  startFile: text,
  configurations: z.array(
    z.strictObject({
      filePath: text,
      subType: z.enum(['JobConfig', 'Input', 'Output'], 'must be JobConfig, Input or Output'),
    }),
  ),
});

/** The fields that Azure's reference of JobConfig.json names, but those for secrets. */
const jobSchema = z.strictObject({
  DataLocale: text.optional(),
  OutputErrorPolicy: z.enum(['Stop', 'Drop']).optional(),
  EventsLateArrivalMaxDelayInSeconds: z.number().int().min(-1).max(1_814_399).optional(),
  EventsOutOfOrderMaxDelayInSeconds: z.number().int().min(0).optional(),
  EventsOutOfOrderPolicy: z.enum(['Adjust', 'Drop']).optional(),
  Sku: z.strictObject({
    Name: z.enum(['Standard', 'StandardV2']).optional(),
    StreamingUnits: z.number().int().min(1),
  }),
  CompatibilityLevel: z.enum(['1.0', '1.1', '1.2']).optional(),
  UseSystemAssignedIdentity: z.boolean().optional(),
  ScriptType: z.literal('JobConfig'),
});

const eventHub = { ServiceBusNamespace: text, EventHubName: text, AuthenticationMode: z.literal('Msi') };
const json = { Type: z.literal('Json'), Encoding: z.literal('UTF8') };

/** Of the kinds of inputs and outputs, those that this project uses: event hubs with rows in JSON, by managed identity. */
const inputSchema = z.strictObject({
  Name: text,
  Type: z.literal('Data Stream'),
  DataSourceType: z.literal('Event Hub'),
  EventHubProperties: z.strictObject({ ...eventHub, ConsumerGroupName: text }),
  Serialization: z.strictObject(json),
  CompressionType: z.enum(['None', 'GZip', 'Deflate']).optional(),
  ScriptType: z.literal('Input'),
});
const outputSchema = z.strictObject({
  Name: text,
  DataSourceType: z.literal('Event Hub'),
  EventHubProperties: z.strictObject(eventHub),
  Serialization: z.strictObject({ ...json, Format: z.enum(['LineSeparated', 'Array']) }),
  ScriptType: z.literal('Output'),
});

/**
 * Reads the project in a folder: `asaproj.json`, the query it names, `JobConfig.json`, inputs and outputs. What the query
 * reads and writes must be declared, and what is declared must be used. Nothing is sent to Azure, and no engine of Azure's is run:
 * there is none to run elsewhere.
 *
 * Understood are event hubs with rows in JSON, reached by the job's managed identity, so that no key stands in a file.
 *
 * @throws {@link StreamAnalyticsProjectError} (`ST_ENGINES_STREAM_ANALYTICS`) that lists everything wrong, each with its file
 * @example
 * ```ts
 * const { query, inputs } = await readStreamAnalyticsProject('stream-analytics');
 * ```
 */
export async function readStreamAnalyticsProject(folder: string): Promise<StreamAnalyticsProject> {
  const issues: string[] = [];
  const project = await readJson(folder, 'asaproj.json', projectSchema, issues);
  if (project === undefined) throw new StreamAnalyticsProjectError({ folder, issues });
  const filesOf = (kind: string) =>
    project.configurations.filter(({ subType }) => subType === kind).map(({ filePath }) => filePath);
  const jobs = filesOf('JobConfig');
  if (jobs.length !== 1)
    issues.push(`asaproj.json: names ${jobs.length} files of the kind JobConfig, not one`);
  for (const file of jobs) await readJson(folder, file, jobSchema, issues);
  const inputs = await placesOf(folder, filesOf('Input'), inputSchema, issues);
  const outputs = await placesOf(folder, filesOf('Output'), outputSchema, issues);
  const query = await readText(folder, project.startFile, issues);
  if (query !== undefined) {
    const { read, written, windows, otherWindows } = namesIn(query);
    issues.push(...different(project.startFile, 'reads', read, inputs, 'Input'));
    issues.push(...different(project.startFile, 'writes into', written, outputs, 'Output'));
    const window = tumblingWindowOf(query);
    if (windows > 1) issues.push(`${project.startFile}: has ${windows} tumbling windows; one is understood`);
    else if (windows === 1 && otherWindows > 0)
      issues.push(`${project.startFile}: has a tumbling window and others; one is understood`);
    else if (windows === 1 && window === undefined)
      issues.push(
        `${project.startFile}: its TumblingWindow does not read Duration(unit, size)[, Offset(...)]`,
      );
    else if (window !== undefined && !alignsWithDays(window.sizeMs))
      issues.push(
        `${project.startFile}: windows of ${window.sizeMs} ms do not divide a day, and where they begin is not documented`,
      );
  }
  if (issues.length > 0 || query === undefined) throw new StreamAnalyticsProjectError({ folder, issues });
  return { name: project.name, query, inputs, outputs, window: tumblingWindowOf(query) };
}

async function placesOf(
  folder: string,
  files: readonly string[],
  schema: typeof inputSchema | typeof outputSchema,
  issues: string[],
): Promise<EventHubPlace[]> {
  const places: EventHubPlace[] = [];
  for (const file of files) {
    const read = await readJson<z.infer<typeof inputSchema> | z.infer<typeof outputSchema>>(
      folder,
      file,
      schema,
      issues,
    );
    if (read === undefined) continue;
    const { Name: name, EventHubProperties: hub } = read;
    if (places.some((place) => isSame(place.name, name)))
      issues.push(`${file}: another file is named ${JSON.stringify(name)}, too`);
    places.push({ name, namespace: hub.ServiceBusNamespace, eventHub: hub.EventHubName });
  }
  return places;
}

/** What the query names and no file declares, and the other way round. Azure makes no difference of capitals in names. */
function different(
  file: string,
  verb: string,
  named: readonly string[],
  declared: readonly EventHubPlace[],
  kind: string,
): string[] {
  const names = declared.map(({ name }) => name);
  const missing = named.filter((name) => !names.some((one) => isSame(one, name)));
  const unused = names.filter((name) => !named.some((one) => isSame(one, name)));
  return [
    ...(named.length === 0 ? [`${file}: ${verb} nothing`] : []),
    ...missing.map((name) => `${file}: ${verb} ${JSON.stringify(name)}, which is no ${kind} of asaproj.json`),
    ...unused.map((name) => `${file}: does not use the ${kind} ${JSON.stringify(name)}`),
  ];
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

async function readJson<T>(
  folder: string,
  file: string,
  schema: z.ZodType<T>,
  issues: string[],
): Promise<T | undefined> {
  const content = await readText(folder, file, issues);
  if (content === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    issues.push(`${file}: is no JSON`); // what is wrong is not told: Node would show a piece of the text
    return undefined;
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  // A field that is too much may be a key: its name is told, never its value.
  issues.push(...error.issues.map((issue) => `${file}: ${[...issue.path].join('.')} ${issue.message}`));
  return undefined;
}

async function readText(folder: string, file: string, issues: string[]): Promise<string | undefined> {
  const place = path.resolve(folder, file);
  if (path.relative(folder, place).startsWith('..')) {
    issues.push(`asaproj.json: ${file} is outside the project's folder`);
    return undefined;
  }
  try {
    return await fs.readFile(place, 'utf8');
  } catch (error) {
    issues.push(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? messageOf(error)})`);
    return undefined;
  }
}
