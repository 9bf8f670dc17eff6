/** The room's public face: JupyterLab and the kernels it offers. */
export { openBrowser } from './browser.ts';
export { jupyterEnvironment, kernelSnapshotStep, kernelSpecStep } from './environment.ts';
export { JupyterPortError, JupyterStartError, NotebookNotRunError, SlidesError } from './errors.ts';
export { runNotebook, runPython } from './run-notebook.ts';
export type { NotebookRun, RunOptions } from './run-notebook.ts';
export { jupyterChecks, startJupyter } from './server.ts';
export type { JupyterOptions, JupyterServer } from './server.ts';
export { writeSlides } from './slides.ts';
