/** What can go wrong when a figure is made. */
import { failure, messageOf } from '../errors.ts';

/** The numbers given do not make this figure. */
export class FigureDataError extends failure({
  code: 'ST_PLOTS_DATA',
  says: ({ figure, problem }: { figure: string; problem: string }) =>
    `${figure} cannot be drawn: ${problem}.`,
  cure: '',
}) {}

/** plotly.js could not draw a figure without a browser. */
export class FigureRenderError extends failure({
  code: 'ST_PLOTS_RENDER',
  says: ({ cause }: { cause: unknown }) => `plotly.js could not draw the figure: ${messageOf(cause)}.`,
  cure: 'Check its data and layout against https://plotly.com/javascript/reference.',
}) {}

/** A figure has a picture that is not in it but somewhere else. */
export class FigureSourceError extends failure({
  code: 'ST_PLOTS_SOURCE',
  says: ({ part, source }: { part: string; source: string }) =>
    `The figure's ${part} has its picture at "${source.length > 100 ? `${source.slice(0, 100)}...` : source}".`,
  cure: 'Figures are drawn offline: put the picture itself there, as "data:image/png;base64,...".',
}) {}

/** plotly.js began to draw a figure and did not come to an end. */
export class FigureTimeoutError extends failure({
  code: 'ST_PLOTS_TIMEOUT',
  says: ({ timeoutMs, types }: { timeoutMs: number; types: readonly string[] }) =>
    `The figure (${types.join(', ')}) was not drawn within ${timeoutMs / 1000} s: it waits for something that is not ` +
    'there without a browser or a network, such as a map or a picture.',
  cure: 'Show it interactively only, or leave that out.',
}) {}

/** A package that draws figures as pictures is not installed; a figure itself is plain data and needs none. */
export class FigureToolsMissingError extends failure({
  code: 'ST_PLOTS_TOOLS_MISSING',
  says: ({ name }: { name: string }) =>
    `Figures are drawn as pictures by packages that are not here: ${name}.`,
  cure: 'Run "npx streamtrain setup --with plotly" in the project\'s folder.',
}) {}

/**
 * Loads what draws figures.
 *
 * @throws FigureToolsMissingError (`ST_PLOTS_TOOLS_MISSING`) where it is not installed
 */
export async function orToolsMissing<Tool>(name: string, load: () => Promise<Tool>): Promise<Tool> {
  try {
    return await load();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(code)) throw error;
    throw new FigureToolsMissingError({ name, cause: error });
  }
}
