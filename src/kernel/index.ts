/** The kernel's public face. It knows nothing of Kafka or TensorFlow, and the library nothing of it. */
export * from './errors.ts';
export { kernelVersions } from './versions.ts';
