/** The room's public face: JupyterLab and the kernels it offers. */
export { jupyterEnvironment, kernelSnapshotStep, kernelSpecStep } from './environment.ts';
export { JupyterPortError, JupyterStartError, NotebookNotRunError } from './errors.ts';
export { runNotebook, runPython } from './run-notebook.ts';
export type { NotebookRun, RunOptions } from './run-notebook.ts';
export { jupyterChecks, openBrowser, startJupyter } from './server.ts';
export type { JupyterOptions, JupyterServer } from './server.ts';
