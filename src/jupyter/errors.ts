/** What can go wrong with JupyterLab. */
import { StreamTrainError } from '../errors.ts';

/** JupyterLab ended, or did not answer, before it was ready. */
export class JupyterStartError extends StreamTrainError {
  readonly code = 'ST_JUPYTER_START';
  /** The last lines it printed. */
  readonly output: string;

  constructor(problem: string, output: string, logFile: string) {
    super(
      `Could not start JupyterLab: ${problem}.\n  Its last words:\n    ${output.trim().replaceAll('\n', '\n    ')}\n` +
        `  The whole log: ${logFile}\n  To do: "npm run doctor" checks its parts; "npm run setup" puts missing ones back.`,
    );
    this.output = output;
  }
}

/** The port the user asked for is taken. */
export class JupyterPortError extends StreamTrainError {
  readonly code = 'ST_JUPYTER_PORT_TAKEN';
  readonly port: number;

  constructor(port: number, answer: string) {
    super(
      `Port ${port} on 127.0.0.1 cannot be used for JupyterLab (${answer}). Choose another one ` +
        'with --port, or leave the option out to get a free one.',
    );
    this.port = port;
  }
}

/** A notebook could not be run at all: it cannot be read, or there is no such kernel. */
export class NotebookNotRunError extends StreamTrainError {
  readonly code = 'ST_JUPYTER_NOT_RUN';
  readonly notebook: string;

  constructor(notebook: string, problem: string) {
    super(`${notebook} was not run: ${problem} "streamtrain kernel list" names this project's kernels.`);
    this.notebook = notebook;
  }
}
