/** What can go wrong with JupyterLab. */
import { failure } from '../errors.ts';

/** JupyterLab ended, or did not answer, before it was ready; `output` holds the last lines it printed. */
export class JupyterStartError extends failure({
  code: 'ST_JUPYTER_START',
  says: ({ problem, output, logFile }: { problem: string; output: string; logFile: string }) =>
    `Could not start JupyterLab: ${problem}.\n  Its last words:\n    ${output.trim().replaceAll('\n', '\n    ')}\n` +
    `  The whole log: ${logFile}\n`,
  cure: ' To do: "npm run doctor" checks its parts; "npm run setup" puts missing ones back.',
}) {}

/** The port the user asked for is taken. */
export class JupyterPortError extends failure({
  code: 'ST_JUPYTER_PORT_TAKEN',
  says: ({ port, answer }: { port: number; answer: string }) =>
    `Port ${port} on 127.0.0.1 cannot be used for JupyterLab (${answer}).`,
  cure: 'Choose another one with --port, or leave the option out to get a free one.',
}) {}

/** A notebook could not be run at all: it cannot be read, or there is no such kernel. */
export class NotebookNotRunError extends failure({
  code: 'ST_JUPYTER_NOT_RUN',
  says: ({ notebook, problem }: { notebook: string; problem: string }) =>
    `${notebook} was not run: ${problem}`,
  cure: '"streamtrain kernel list" names this project\'s kernels.',
}) {}

/** Slides could not be made: nbconvert failed, or the page would need a network. */
export class SlidesError extends failure({
  code: 'ST_JUPYTER_SLIDES',
  says: ({ notebook, problem }: { notebook: string; problem: string }) =>
    `No slides of ${notebook}: ${problem}.`,
  cure: 'Pictures belong beside the notebook; "npm run doctor" checks the Python packages.',
}) {}
