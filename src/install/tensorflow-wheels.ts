/** Which Python wheel carries TensorFlow for which machine, and how an addon is linked with its libraries there. */

/** One kind of machine that native TensorFlow can be built for from a wheel. */
export interface Target {
  readonly platform: NodeJS.Platform;
  readonly arch: NodeJS.Architecture;
  readonly requirement: string;
  /** The wheel's published SHA-256, hex. */
  readonly sha256: string;
  /** pip's name of the machine, to fetch for another one. */
  readonly pipPlatform: string;
  /** The two libraries as the wheel names them. */
  readonly libraries: readonly [tensorflow: string, framework: string];
  /** Under which names the linker and the loader look for them; links to the two. */
  readonly links: Readonly<Record<string, string>>;
  /** More libraries of the wheel, which go beside the two: from a folder of its own, by name. */
  readonly besides: readonly string[];
  /** Where they lie in the wheel. */
  readonly besidesFolder?: string;
  /** What makes a library of it. */
  readonly linkFlags: readonly string[];
  /** "The addon's own folder", to the loader. */
  readonly origin: string;
  /** The name of the machine to the compiler that is fetched where there is none. */
  readonly zigTarget: string;
}

const linux = {
  platform: 'linux',
  libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  links: {
    'libtensorflow.so.2': 'libtensorflow_cc.so.2',
    'libtensorflow.so': 'libtensorflow_cc.so.2',
    'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
  },
  linkFlags: ['-shared', '-Wl,--no-as-needed'],
  origin: '$ORIGIN',
} as const;

/** The wheels whose libraries fit @tensorflow/tfjs-node 4.22. */
export const targets: readonly Target[] = [
  {
    ...linux,
    arch: 'x64',
    requirement: 'tensorflow-cpu==2.15.1',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
    pipPlatform: 'manylinux2014_x86_64',
    besides: [],
    zigTarget: 'x86_64-linux-gnu.2.28',
  },
  {
    ...linux,
    arch: 'arm64',
    requirement: 'tensorflow-cpu-aws==2.15.1',
    sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
    pipPlatform: 'manylinux2014_aarch64',
    besides: ['libomp-54bf90fd.so.5'],
    besidesFolder: 'tensorflow_cpu_aws.libs',
    zigTarget: 'aarch64-linux-gnu.2.28',
  },
  {
    platform: 'darwin',
    arch: 'arm64',
    requirement: 'tensorflow==2.15.1',
    sha256: 'aa926114d1e13ffe5b2ea59c3f195216f26646d7fe36e9e5207b291e4b7902ff',
    pipPlatform: 'macosx_12_0_arm64',
    libraries: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
    links: {
      'libtensorflow.2.dylib': 'libtensorflow_cc.2.dylib',
      'libtensorflow.dylib': 'libtensorflow_cc.2.dylib',
      'libtensorflow_framework.dylib': 'libtensorflow_framework.2.dylib',
    },
    besides: [],
    // Not a bundle, as node-gyp has it: ziglang knows none, and Node loads either.
    linkFlags: ['-dynamiclib', '-undefined', 'dynamic_lookup'],
    origin: '@loader_path',
    zigTarget: 'aarch64-macos',
  },
];

/** That of a machine; undefined where no wheel is known. */
export function targetOf(platform: NodeJS.Platform, arch: NodeJS.Architecture): Target | undefined {
  return targets.find((one) => one.platform === platform && one.arch === arch);
}
