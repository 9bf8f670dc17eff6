/** Every file that is fetched for flink from a Maven repository, with its SHA-256; written by `npm run jars -- flink`. */

import { parseMavenFiles } from '../../install/maven-files.ts';

/** All of them. */
export const FLINK_FILES = parseMavenFiles(`
4e8b1d2f4977187af8a51a957329722dc1cdc56a7c94fbb5a791e82897629cff 373885 com/esotericsoftware/kryo/5.6.2/kryo-5.6.2.jar
5d4d632cfbebfe0a7644501cc303570b691406181bee65e9916b921c767d7c72 5923 com/esotericsoftware/minlog/1.3.1/minlog-1.3.1.jar
712b44da79a5b7f47a28cbfcb3d8ecfc872fae349c48aa4d3e38a5d69956afce 72265 com/esotericsoftware/reflectasm/1.11.9/reflectasm-1.11.9.jar
905721a0eea90a81534abb7ee6ef4ea2e5e645fa1def0a5cd88402df1b46c9ed 33015 com/google/code/findbugs/jsr305/1.3.9/jsr305-1.3.9.jar
bc8bb01fc0fad250385706e20f927ddcff6173f6339b387dc879237752567ac6 58284 commons-cli/commons-cli/1.5.0/commons-cli-1.5.0.jar
a58af12ee1b68cfd2ebb0c27caef164f084381a00ec81a48cc275fd7ea54e154 501218 commons-io/commons-io/2.15.1/commons-io-2.15.1.jar
051aceb8bbcc62d0f5b2b8ac72c53767f9c59bfbd050151e65bef6f51c8ed9c9 1078328 org/apache/commons/commons-compress/1.26.0/commons-compress-1.26.0.jar
d919d904486c037f8d193412da0c92e22a9fa24230b9d67a57855c5c31c7e94e 587402 org/apache/commons/commons-lang3/3.12.0/commons-lang3-3.12.0.jar
1e56d7b058d28b65abd256b8458e3885b674c1d588fa43cd7d1cbb9c7ef2b308 2213560 org/apache/commons/commons-math3/3.6.1/commons-math3-3.6.1.jar
770cd903fa7b604d1f7ef7ba17f84108667294b2b478be8ed1af3bffb4ae0018 238400 org/apache/commons/commons-text/1.10.0/commons-text-1.10.0.jar
5f580bc8902e762a7578a9abc77cd2598621689ccff96bf5bc58067ed841c2f3 19196 org/apache/flink/flink-annotations/2.0.0/flink-annotations-2.0.0.jar
fd1da59e292c15419c5c4511548029f5bee5ec78bcf5bf89fd6b09b681c2006b 168298 org/apache/flink/flink-cep/2.0.0/flink-cep-2.0.0.jar
82c02ca881525c3a12792dada87bf011b8f4f1bfcab1cd35b430ce7fc94a4a6a 230410 org/apache/flink/flink-clients/2.0.0/flink-clients-2.0.0.jar
54f6cad9b01a06d1bc603de52f344c61ae98ffe43062dd200271aa55e31a32f0 137137 org/apache/flink/flink-connector-base/2.0.0/flink-connector-base-2.0.0.jar
a890c07e55e9b1052e3676b3255830cdda6b389600e52e7de855ea9b20c6be5a 23152 org/apache/flink/flink-connector-datagen/2.0.0/flink-connector-datagen-2.0.0.jar
965bf0ee78033d87bac8f81d58ac6bc4cef5f4a8a53b557b188eb5b056c13405 198621 org/apache/flink/flink-core-api/2.0.0/flink-core-api-2.0.0.jar
c516f1bfd614e8d7b5e76b303412661036fd103a7413631600ab9bb8e90365a9 1814742 org/apache/flink/flink-core/2.0.0/flink-core-2.0.0.jar
e5a1a40259d35de8a1364794909a4c00c0492bbbca8b18ba89e1b44cfb302ee2 85326 org/apache/flink/flink-csv/2.0.0/flink-csv-2.0.0.jar
b0b5b4747c9005382a100c7619efc76235b26e5201dc2f1e2845a9b0e25cb833 59226 org/apache/flink/flink-datastream-api/2.0.0/flink-datastream-api-2.0.0.jar
05fa8e9a33449f43d51789e9ce1ee269629c285a2ec20cefec84c51ca74e038d 196870 org/apache/flink/flink-datastream/2.0.0/flink-datastream-2.0.0.jar
5e14197be7066e942d4e575c623dc6a10d513157e9fdeabb21fe337065af2e15 49799 org/apache/flink/flink-file-sink-common/2.0.0/flink-file-sink-common-2.0.0.jar
63af56619710e8d4c4ad68b95ede6b97988b07688d7dedcb1bd2423e7376f0ee 179270 org/apache/flink/flink-json/2.0.0/flink-json-2.0.0.jar
60993da8155dad4c8b1351a0b40f1b5599c7c6063bfb54031743d6608f644424 36227 org/apache/flink/flink-metrics-core/2.0.0/flink-metrics-core-2.0.0.jar
b9891bb48f979e4da939e27003cf78dbe5c5659caff9a37affa4f0711d91f7c5 83684 org/apache/flink/flink-queryable-state-client-java/2.0.0/flink-queryable-state-client-java-2.0.0.jar
7b1a43609d31ff975ce25899f56d37ac63367ab452a9cf9bb04315d0ca311d95 19717371 org/apache/flink/flink-rpc-akka-loader/2.0.0/flink-rpc-akka-loader-2.0.0.jar
6b48b70bb1c71f95e4b0a029f9e1c8b04f90541d3d21151d0ab42dfa930c8571 56227 org/apache/flink/flink-rpc-core/2.0.0/flink-rpc-core-2.0.0.jar
25849c3d72688028d1595fa59cfec28b3a88204bc4ff85d874f604531d0f67c9 8035436 org/apache/flink/flink-runtime/2.0.0/flink-runtime-2.0.0.jar
88dd78a114ebd8371faef106ecc0df697483c4824d591d0ab5de6230523fcbe6 297904 org/apache/flink/flink-shaded-asm-9/9.6-19.0/flink-shaded-asm-9-9.6-19.0.jar
d325a265bae4b256287c5be3821200b67b7075d18d0eed05bb0a0275ca101029 3252011 org/apache/flink/flink-shaded-guava/32.1.3-jre-19.0/flink-shaded-guava-32.1.3-jre-19.0.jar
c77feeffce308d5e5de7b40cda5e1ff6ab083bc677a6471ecf177053a13613d8 2999562 org/apache/flink/flink-shaded-jackson/2.15.3-19.0/flink-shaded-jackson-2.15.3-19.0.jar
dcd521f7a40e462636df3655e9a0d3069661432dd17b8f6bfaaee49ce60cef4d 4962785 org/apache/flink/flink-shaded-netty/4.1.100.Final-19.0/flink-shaded-netty-4.1.100.Final-19.0.jar
c9382406db678db3f8a9b1312ec755047e7e781c1aec1630e158237aa2b78c6d 11832916 org/apache/flink/flink-shaded-zookeeper-3/3.7.2-19.0/flink-shaded-zookeeper-3-3.7.2-19.0.jar
c7127a6518fba5d6b75eb4692229192e7147ea378e69c7b7cf16d0494057b0c3 9777251 org/apache/flink/flink-sql-connector-kafka/4.0.1-2.0/flink-sql-connector-kafka-4.0.1-2.0.jar
e81dfc4034bcacf9e92914022d4c9c8d1eaea73c1bed6440d463f73e157856ff 38541 org/apache/flink/flink-sql-gateway-api/2.0.0/flink-sql-gateway-api-2.0.0.jar
2bbd9ae2dec92066a78f19d6250a17205f358800dd1043a1577f5a6b251493d5 1045922 org/apache/flink/flink-sql-gateway/2.0.0/flink-sql-gateway-2.0.0.jar
40bbeff33095829fd0e6b8f9c43e592ecca0741e6536708923bc5bfd5cf11cc7 234398 org/apache/flink/flink-streaming-java/2.0.0/flink-streaming-java-2.0.0.jar
93cc5e09fcb5ce26021891fa544bc4dd65e3641ccac979d4cc1b749e45d935ff 19092 org/apache/flink/flink-table-api-bridge-base/2.0.0/flink-table-api-bridge-base-2.0.0.jar
aeb3a2e15c5cbbd24d81ac42c0e9e6a05867483b6b74e45a3e7293535265eac1 138253 org/apache/flink/flink-table-api-java-bridge/2.0.0/flink-table-api-java-bridge-2.0.0.jar
eb29f982f9e5d725aa38a07b5fe63a6e879dff7856fee7e6050a07f0c36f737c 749188 org/apache/flink/flink-table-api-java/2.0.0/flink-table-api-java-2.0.0.jar
67a1ae02d44f4363ad064d7fb60548e864685a96404c3df3e282c36d91a74b2b 1325256 org/apache/flink/flink-table-common/2.0.0/flink-table-common-2.0.0.jar
3b27fc84fd3db27357dec2c36ee787f1efa7839e1b8d6257fe4ceef76e923e98 41239644 org/apache/flink/flink-table-planner-loader/2.0.0/flink-table-planner-loader-2.0.0.jar
04c56ff2dcaf9c875e2abe741d53bfb99a1377f899fd98ca6eab04dff38c8bc3 3708235 org/apache/flink/flink-table-runtime/2.0.0/flink-table-runtime-2.0.0.jar
5b4a0a0cd0e751ded431c162442bdbdd53328d1f8bb2bae5fc1bbeee0f66d80f 348513 org/apache/logging/log4j/log4j-api/2.24.3/log4j-api-2.24.3.jar
7eb4084596ae25bd3c61698e48e8d0ab65a9260758884ed5cbb9c6e55c44a56a 1914666 org/apache/logging/log4j/log4j-core/2.24.3/log4j-core-2.24.3.jar
40dec251164d1576e000968cd02e56a1125f46b91fb694a06dfa168f1335da48 25319 org/apache/logging/log4j/log4j-slf4j-impl/2.24.3/log4j-slf4j-impl-2.24.3.jar
aba81efa678b621203fb89aeff81d6f126f7a9dd709401e5609c42976684ae23 777669 org/javassist/javassist/3.24.0-GA/javassist-3.24.0-GA.jar
d74a3334fb35195009b338a951f918203d6bbca3d1d359033dc33edd1cadc9ef 682804 org/lz4/lz4-java/1.8.0/lz4-java-1.8.0.jar
95488102feaf2e2858adf6b299353677dac6c15294006f8ed1c5556f8e3cd251 49076 org/objenesis/objenesis/3.4/objenesis-3.4.jar
d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0 41125 org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar
2652199af40c9aa2f1782400d2dfbbf4e5226208c4e05ddd4059c3d6d9cd1505 292124 org/snakeyaml/snakeyaml-engine/2.6/snakeyaml-engine-2.6.jar
4c766cb3f855415ee734b2392949a0b6f12a60879334a74518deaf6270d32e36 2338496 org/xerial/snappy/snappy-java/1.1.10.7/snappy-java-1.1.10.7.jar
`);
