/** Spark itself, out of the Python package pyspark: fetched by pip, whose settings (index, proxy) are the user's own. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../install/command.ts';
import { readJson } from '../../install/files.ts';
import { parseMavenFiles } from '../../install/maven-files.ts';
import { cleanPythonEnv } from '../../install/python.ts';
import { downloadSdist } from '../../install/python-sdist.ts';
import { pythonWithPip } from '../../install/venv.ts';
import type { EngineParts } from '../parts.ts';

/** One with a connector to Kafka, all of whose parts the package registries have. */
const SPARK_VERSION = '4.2.0';

const SDIST = {
  requirement: `pyspark==${SPARK_VERSION}`,
  bytes: 450_129_423,
  sha256: '5ad689d53570ee1674193fd4f9bda065f0db3be9363a27d2a3406cc457b70b61',
};

/**
 * Jars that neither streaming, nor SQL, nor a cluster of Spark's own needs: 260 of 456 MB. Hive, Spark Connect, MLlib,
 * Kubernetes and what these bring; RocksDB (state is kept by the default provider); the REPL's compiler.
 */
const LEFT_OUT = [
  ...['kubernetes-', 'hive-', 'derby', 'datanucleus', 'breeze', 'spire', 'cats-', 'algebra', 'rocksdbjni'],
  ...['spark-(connect|mllib|graphx|hive|kubernetes|yarn|pipelines|streaming|repl|ganglia|hadoop-cloud)'],
  ...[
    'scala-(compiler|parallel)',
    'netty-tcnative',
    'vertx',
    'lapack',
    'arpack',
    'blas',
    'JTransforms',
    'jts',
  ],
  ...[
    'JLargeArrays',
    'orc-',
    'zookeeper',
    'curator',
    'jline',
    'leveldbjni',
    'libthrift',
    'antlr-runtime',
    'ST4',
  ],
  ...['stax', 'jdo', 'javax.jdo', 'bonecp', 'HikariCP', 'pmml', 'okhttp', 'okio', 'logging-interceptor'],
  ...['snakeyaml', 'tink', 'aircompressor', 'dev.ludovic', 'mail', 'jpam', 'super-csv', 'opencsv', 'joda'],
  ...['zjsonpatch', 'generex', 'automaton'],
];

/** The names and lengths of what was unpacked, written last. */
const LIST = 'pyspark.json';

/**
 * Unpacks `deps/jars` to `jars`, PySpark and Py4J to `python`, compiles these, and writes the list. PySpark's own zip is left: Python
 * would compile what is in it at every start. No name of the archive leads elsewhere.
 */
const UNPACK = `import compileall, io, json, os, re, shutil, sys, tarfile, zipfile
archive, target, left_out, listed = sys.argv[1], sys.argv[2], re.compile(sys.argv[3]), {}
def keep(place, source, size):
    if '..' in place.split('/') or place.startswith('/'):
        sys.exit('a name that leads elsewhere: ' + place)
    os.makedirs(os.path.dirname(os.path.join(target, place)), exist_ok=True)
    with open(os.path.join(target, place), 'wb') as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
    listed[place] = size
with tarfile.open(archive) as members:
    for member in members:
        place = member.name.split('/', 1)[-1]
        folder, _, name = place.partition('/')
        if not member.isfile():
            continue
        if place.startswith('deps/jars/') and not left_out.match(place[10:]):
            keep('jars/' + place[10:], members.extractfile(member), member.size)
        elif folder == 'pyspark' and name.endswith(('.py', '.json')) and '/tests/' not in place:
            keep('python/' + place, members.extractfile(member), member.size)
        elif folder == 'lib' and name.startswith('py4j-'):
            with zipfile.ZipFile(io.BytesIO(members.extractfile(member).read())) as py4j:
                for one in py4j.infolist():
                    if not one.is_dir():
                        keep('python/' + one.filename, py4j.open(one), one.file_size)
compileall.compile_dir(os.path.join(target, 'python'), quiet=2)
with open(os.path.join(target, '${LIST}'), 'w') as out:
    json.dump(listed, out)`;

/** What {@link EngineParts} has besides files of a Maven repository. */
type OtherPart = NonNullable<EngineParts['besides']>[number];

/** Spark's jars, and PySpark. */
const PYSPARK: OtherPart = {
  title: `${SDIST.requirement} from the Python package index`,
  purl: `pkg:pypi/pyspark@${SPARK_VERSION}`,
  bytes: SDIST.bytes,
  sha256: SDIST.sha256,
  isThere: async (folder) => {
    const listed = await readJson<Readonly<Record<string, number>>>(path.join(folder, LIST));
    if (listed === undefined) return false;
    const lengths = await Promise.all(
      Object.keys(listed).map(
        async (name) => (await fs.stat(path.join(folder, name)).catch(() => undefined))?.size,
      ),
    );
    return lengths.length > 0 && Object.values(listed).every((size, at) => size === lengths[at]);
  },
  fetch: async (folder, { env, onProgress }) => {
    const to = path.join(folder, 'sdist');
    const archive = await downloadSdist({ ...SDIST, to, env, onProgress });
    const python = await pythonWithPip(env);
    await runCommand(python, ['-c', UNPACK, archive, folder, `(${LEFT_OUT.join('|')})`], {
      what: `unpack ${path.basename(archive)}`,
      toDo: 'Run again; the package is fetched again.',
      env: cleanPythonEnv(env),
    });
    await fs.rm(to, { recursive: true });
  },
};

/** The connector to Kafka, among Spark's own jars, where every process of a cluster finds it: SHA-256, length, place, folder. */
const CONNECTOR = parseMavenFiles(`
f77a5060d6936a9144023584232f9de3f2248f1abfe156e9d31795f18770674f 156457 org/apache/commons/commons-pool2/2.13.1/commons-pool2-2.13.1.jar jars
014b4ef36884478a932641818b080c36a8f8e2e92dc771e800c9d2694f4f83d8 9220052 org/apache/kafka/kafka-clients/3.9.2/kafka-clients-3.9.2.jar jars
64539c45e5d39f7ddb747312c239f38f5208d08c1a0ddf7d70beb2fbd9373705 494879 org/apache/spark/spark-sql-kafka-0-10_2.13/4.2.0/spark-sql-kafka-0-10_2.13-4.2.0.jar jars
641c7947afc8aa1189e433b7c2d305293993c8691bc1c2062d6d4f513b12518c 66617 org/apache/spark/spark-token-provider-kafka-0-10_2.13/4.2.0/spark-token-provider-kafka-0-10_2.13-4.2.0.jar jars
`);

/** Spark with PySpark, and the connector. */
export const SPARK: EngineParts = {
  name: 'spark',
  title: 'Apache Spark',
  version: SPARK_VERSION,
  files: CONNECTOR,
  besides: [PYSPARK],
};
