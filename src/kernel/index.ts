/** The kernel's public face. It knows nothing of Kafka or TensorFlow, and the library nothing of it. */
export type { Dialect } from './contracts.ts';
export * from './errors.ts';
export { installedKernels, installKernel, installKernels, kernelLocation } from './install/install.ts';
export { kernelSpecText, uninstallKernel, uninstallKernels } from './install/install.ts';
export { dialectName, dialects, kernelName, kernelSpec } from './install/kernelspec.ts';
export type { KernelSpecOptions, StreamtrainKernelSpec } from './install/kernelspec.ts';
export type { InstalledKernel, KernelLocation, KernelPlace, KernelsOptions } from './install/install.ts';
export { kernelVersions } from './versions.ts';
export { findSnapshot, snapshotMaker } from './language/snapshot.ts';
