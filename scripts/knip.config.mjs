// What `npm run check -- unused` starts from: whatever is imported from here is used, the rest is listed.
export default {
  entry: [
    // The faces of the package and of its rooms; its bin is in package.json.
    'src/*/index.ts',
    // Started as programs of their own, or as threads: the kernel, the process that runs cells, and its helpers.
    'src/kernel/{main,command}.ts',
    'src/kernel/runner/{child,watcher}.ts',
    'src/kernel/language/{process,make-snapshot}.ts',
    'src/kernel/language/snapshot-entry.cts',
    'scripts/*.mjs',
    'bench/*.ts',
    'bench/*-tasks/*.ts',
    'test/**/*.test.ts',
    'test/**/*-child.ts',
    // Read by the test of examples, and by the tests written in Python.
    'test/examples/given.ts',
    'test/kernel/conformance/table.ts',
  ],
  project: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.mjs'],
  // Part of Node itself, behind `--expose-internals`; and headers, which the compiler of the native addon reads.
  // The checks in scripts/check.mjs are called by their paths.
  ignoreDependencies: [
    ...['internal', 'node-api-headers', 'reveal.js'],
    ...['oxlint', 'oxlint-tsgolint', 'typescript-7'],
  ],
  // Where it is there.
  ignoreBinaries: ['go', 'mvn', 'qemu-aarch64-static', 'readelf', 'unshare'],
};
