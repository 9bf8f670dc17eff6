/** The room's public face: JupyterLab and the kernels it offers. */
export { openBrowser } from './browser.ts';
export * from './errors.ts';
export { kernelSpecFile, kernelSpecIsCurrent, kernelSpecStep, tslabKernelSpec } from './kernelspec.ts';
export type { KernelSpec } from './kernelspec.ts';
export { choosePort } from './port.ts';
export { startJupyter } from './server.ts';
export type { JupyterOptions, JupyterServer } from './server.ts';
export { jupyterEnvironment, jupyterFolder } from './settings.ts';
export { jupyterChecks } from './doctor.ts';
export { runNotebook, runPython } from './run-notebook.ts';
export type { NotebookRun, RunOptions } from './run-notebook.ts';
