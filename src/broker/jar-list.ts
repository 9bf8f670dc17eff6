/** Every jar that set-up may fetch for the embedded Kafka, with its SHA-256; written by `npm run jars`. */

/** One jar of a Maven repository. */
export interface MavenJar {
  /** Its place in the repository, with slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What the class path of the embedded Kafka consists of. */
export const KAFKA_JARS = parse(`
23028a3fd006e530bf495f551083208187cafd8f80624d048eba56442f16a50e 316573 com/dynatrace/hash4j/hash4j/0.22.0/hash4j-0.22.0.jar
ead60e9cac0e42b57092b9e2d087ff43536e9477d4486ba393037a8cc156cda7 78580 com/fasterxml/jackson/core/jackson-annotations/2.19.0/jackson-annotations-2.19.0.jar
da8e859bac94874528116a25f20c68560e4287acbf27628711b8a4f96b028430 599926 com/fasterxml/jackson/core/jackson-core/2.19.0/jackson-core-2.19.0.jar
ceda311f476c3b18e1d2b240c94e2dcb9c8d44e70f8afa9facab88bac4ddc03a 1678748 com/fasterxml/jackson/core/jackson-databind/2.19.0/jackson-databind-2.19.0.jar
bec1150426b0616bb488149b952b45a0dcb16d9416b017c38f6455ad9389bc68 106990 com/fasterxml/jackson/dataformat/jackson-dataformat-csv/2.19.0/jackson-dataformat-csv-2.19.0.jar
46e54dcbd39d4d12cda18ec9276e7b888e08fc765ea0c77e71662306f0d4abc4 60230 com/fasterxml/jackson/dataformat/jackson-dataformat-yaml/2.19.0/jackson-dataformat-yaml-2.19.0.jar
04f1a3f9da8155995dd00098d6847cdb9b7af67f4a3028c94031eff017c8e3e5 36215 com/fasterxml/jackson/datatype/jackson-datatype-jdk8/2.19.0/jackson-datatype-jdk8-2.19.0.jar
f87bcd81a04b78c8aece6e1700a483ed9efd9c4afaf85bf8f7d4becb874e764e 33143 com/fasterxml/jackson/jakarta/rs/jackson-jakarta-rs-base/2.19.0/jackson-jakarta-rs-base-2.19.0.jar
86a4036dbc517ab520208ea2b9f5f4a5b71b66e238878a84a26ac2fc860cc355 17597 com/fasterxml/jackson/jakarta/rs/jackson-jakarta-rs-json-provider/2.19.0/jackson-jakarta-rs-json-provider-2.19.0.jar
9d038d1232aa7ab4927e5ac97e311e4483864e4c2cbba5de8a224dc09c28952d 64943 com/fasterxml/jackson/module/jackson-module-blackbird/2.19.0/jackson-module-blackbird-2.19.0.jar
b032db242a4d6f7171ae619c48631480e78e350c5f2c10c348f2e2245bc36420 32572 com/fasterxml/jackson/module/jackson-module-jakarta-xmlbind-annotations/2.19.0/jackson-module-jakarta-xmlbind-annotations-2.19.0.jar
ec411dfdf0c03f25218648ce89861630b71680e5858a9a7278ebac8e55cab3d7 906581 com/github/ben-manes/caffeine/caffeine/3.2.0/caffeine-3.2.0.jar
b6c3237e24b8252a5a9c3a0e1ae30ef8f323412e74bd358548b7a9e527d676df 7305999 com/github/luben/zstd-jni/1.5.6-10/zstd-jni-1.5.6-10.jar
7b52c72156dd7f98b3237a5b35c1d34fba381b21048c89208913ad80a45dfbd7 114335 com/google/re2j/re2j/1.8/re2j-1.8.jar
b9e24b7dd6e07495562ea96531be3130c96dba4d78e1dfd88adbbdebf4332871 62154 com/sun/activation/jakarta.activation/2.0.1/jakarta.activation-2.0.1.jar
87a3017d3f43e6ace7566fe4c3d615134c6914ff871c8d64bb32ca1d996d0545 61858 com/typesafe/scala-logging/scala-logging_2.13/3.9.5/scala-logging_2.13-3.9.5.jar
6b7a14a6f34c10f8683f7b5e2f39df0f07b58c7dff0e468ebbc713905c46979c 82123 com/yammer/metrics/metrics-core/2.2.0/metrics-core-2.2.0.jar
7d938c81789028045c08c065e94be75fc280527620d5bd62b519d5838532368a 246918 commons-beanutils/commons-beanutils/1.9.4/commons-beanutils-1.9.4.jar
eeeae917917144a68a741d4c0dff66aa5c5c5fd85593ff217bced3fc8ca783b8 588337 commons-collections/commons-collections/3.2.2/commons-collections-3.2.2.jar
e0b2b980a84fc6533c5ce291f1917b32c507f62bcad64198fff44368c2196a3d 196768 commons-digester/commons-digester/2.1/commons-digester-2.1.jar
6b858424f518015f32bfcd1183a373f4a827d72d026b6031da0c91cf0e8f3489 71613 commons-logging/commons-logging/1.3.2/commons-logging-1.3.2.jar
c3c14748e2d78db58df88808740711bd643b32c45ffa7b8a739f00fb467cd7d7 201424 commons-validator/commons-validator/1.9.0/commons-validator-1.9.0.jar
16558357f234052370109127a45d69a9bd6d8646925594792634486dc48b159d 576120 io/github/classgraph/classgraph/4.8.179/classgraph-4.8.179.jar
602e84c35cbf0af44ad42d71a323dd57f632179fb212b7e90ca2ac8ce472dcbc 48194 io/swagger/core/v3/swagger-annotations/2.2.25/swagger-annotations-2.2.25.jar
56e8d994095fe49c28138c60291482f66f18d12ac2b720e938697dce6a3135c7 63473 jakarta/activation/jakarta.activation-api/2.1.0/jakarta.activation-api-2.1.0.jar
5f65fdaf424eee2b55e1d882ba9bb376be93fb09b37b808be6e22e8851c909fe 26141 jakarta/annotation/jakarta.annotation-api/2.1.1/jakarta.annotation-api-2.1.1.jar
f7dc98062fccf14126abb751b64fab12c312566e8cbdc8483598bffcea93af7c 10681 jakarta/inject/jakarta.inject-api/2.0.1/jakarta.inject-api-2.0.1.jar
c034eb1afb158987dbb53a5fea0cadf611c8dae8daadd59c44d9d5ab70129cef 347613 jakarta/servlet/jakarta.servlet-api/6.0.0/jakarta.servlet-api-6.0.0.jar
291c25e6910cc6a7ebd96d4c6baebf6d7c37676c5482c2d96146e901b62c1fc9 93298 jakarta/validation/jakarta.validation-api/3.0.2/jakarta.validation-api-3.0.2.jar
6b3b3628b8b4aedda0d24c3354335e985497d8ef3c510b8f3028e920d5b8663d 154815 jakarta/ws/rs/jakarta.ws.rs-api/3.1.0/jakarta.ws.rs-api-3.1.0.jar
b8fb4bee3ff5b5c1ef77144d8411316018d7bbd41fcf1ede0646f7978546b867 128941 jakarta/xml/bind/jakarta.xml.bind-api/3.0.1/jakarta.xml.bind-api-3.0.1.jar
ae475120e9fcd99b4b00b38329bd61cdc5eb754eee03fe66c01f50e137724f99 69409 javax/activation/activation/1.1.1/activation-1.1.1.jar
43fdef0b5b6ceb31b0424b208b930c74ab58fac2ceeb7b3f6fd3aeb8b5ca4393 56674 javax/activation/javax.activation-api/1.2.0/javax.activation-api-1.2.0.jar
88b955a0df57880a26a74708bc34f74dcaf8ebf4e78843a28b50eae945732b06 128076 javax/xml/bind/jaxb-api/2.3.1/jaxb-api-2.3.1.jar
df26cc58f235f477db07f753ba5a3ab243ebe5789d9f89ecf68dd62ea9a66c28 78146 net/sf/jopt-simple/jopt-simple/5.0.4/jopt-simple-5.0.4.jar
65ceb669d88f63306c680f8088bbf765bbca72d288a61a03703000076c3d3f56 90347 net/sourceforge/argparse4j/argparse4j/0.7.0/argparse4j-0.7.0.jar
d919d904486c037f8d193412da0c92e22a9fa24230b9d67a57855c5c31c7e94e 587402 org/apache/commons/commons-lang3/3.12.0/commons-lang3-3.12.0.jar
9e8fe3277d31410e3dd6c84b34967230bb5643b8424d3b96320ce1c43b4b5152 112169 org/apache/kafka/connect-api/4.1.1/connect-api-4.1.1.jar
bcfd54f2e5529461df2ed3698b6471e9e8924eb2f84b72b8b2581fc8e7ba6e17 35404 org/apache/kafka/connect-json/4.1.1/connect-json-4.1.1.jar
01600f8b4e3a26016ba3f87e12f1fec7945673a9654ee7fb93b3591e47837ed6 837266 org/apache/kafka/connect-runtime/4.1.1/connect-runtime-4.1.1.jar
419ccbd1bbd345e99c884d3d0f82f632a97b9e14a198c57a5890d0b8d05282ad 121263 org/apache/kafka/connect-transforms/4.1.1/connect-transforms-4.1.1.jar
00247122a572c3d3ae4eb60a50192a5811bc0181f51923d13018600f892e821d 9766726 org/apache/kafka/kafka-clients/4.1.1/kafka-clients-4.1.1.jar
2072fc1ce7e0505149bba22a463a5909a899c6235c4fa696f15c21194a7baf60 100775 org/apache/kafka/kafka-coordinator-common/4.1.1/kafka-coordinator-common-4.1.1.jar
3d1801d2329dcf7d273796a034d61e6c7e0f851f384d0afbdd3a2e6cbd17a968 11914 org/apache/kafka/kafka-group-coordinator-api/4.1.1/kafka-group-coordinator-api-4.1.1.jar
3eb5a673b69d5992cfa86c5436f39adbf4ce284046a4c999ec6af0a8e31c5589 914943 org/apache/kafka/kafka-group-coordinator/4.1.1/kafka-group-coordinator-4.1.1.jar
a689665751415b6456de1ecb013042cb7ba99ac68fd8c3e8bf28e098feb43218 840858 org/apache/kafka/kafka-metadata/4.1.1/kafka-metadata-4.1.1.jar
4810c93d93d1935dd54de61c5ba130f501c7fe11bc49ccd3ee05ec857818a72a 309751 org/apache/kafka/kafka-raft/4.1.1/kafka-raft-4.1.1.jar
207edecd8322cf6c13d76d84addea7fd0ec441dc8d698cf69df43210ccdc0a94 371073 org/apache/kafka/kafka-server-common/4.1.1/kafka-server-common-4.1.1.jar
9f6aff422855491aad54326eca8d604163d6d3a6507cc48ffe3ce6de73caf79a 219116 org/apache/kafka/kafka-server/4.1.1/kafka-server-4.1.1.jar
e6bec53428c77bf6579321836d482542a93575f7c08e860a26c9f2c7f6059dac 111777 org/apache/kafka/kafka-share-coordinator/4.1.1/kafka-share-coordinator-4.1.1.jar
8c0a712472185d706c6bf5ae24bf5d84a8e396fd4745c708e6146a415f7fa7f7 26987 org/apache/kafka/kafka-storage-api/4.1.1/kafka-storage-api-4.1.1.jar
1f85b82853eaec0143efbef7e3a4d4be8929ff83a386326431e0c2d0a557e58c 591039 org/apache/kafka/kafka-storage/4.1.1/kafka-storage-4.1.1.jar
542b08fe20cf872a2d866acdff61ea338b469219dc2ebfae727a1d9ea5737e1a 9072 org/apache/kafka/kafka-tools-api/4.1.1/kafka-tools-api-4.1.1.jar
8a6939f310a61119cedaffc144119e9b2a374e32a7ec18f78e49ce5aeb71d6b0 615926 org/apache/kafka/kafka-tools/4.1.1/kafka-tools-4.1.1.jar
a261b5730ac9e3205df7af5d45180d851e9d5f729ce1275c67511a6f51f73755 50212 org/apache/kafka/kafka-transaction-coordinator/4.1.1/kafka-transaction-coordinator-4.1.1.jar
e89428126cc7630a802123ba27aac4442816840b66d60670226feaff65f24fd1 2063699 org/apache/kafka/kafka_2.13/4.1.1/kafka_2.13-4.1.1.jar
5b4a0a0cd0e751ded431c162442bdbdd53328d1f8bb2bae5fc1bbeee0f66d80f 348513 org/apache/logging/log4j/log4j-api/2.24.3/log4j-api-2.24.3.jar
7eb4084596ae25bd3c61698e48e8d0ab65a9260758884ed5cbb9c6e55c44a56a 1914666 org/apache/logging/log4j/log4j-core/2.24.3/log4j-core-2.24.3.jar
40dec251164d1576e000968cd02e56a1125f46b91fb694a06dfa168f1335da48 25319 org/apache/logging/log4j/log4j-slf4j-impl/2.24.3/log4j-slf4j-impl-2.24.3.jar
ad7a0fb408f8e47585ccc0d0011e0b501d93bfc9888d369bbd4a043d19475073 58708 org/apache/maven/maven-artifact/3.9.6/maven-artifact-3.9.6.jar
7314af50cde9c99e8eaf43eee617a23edcc6bb43036221064355094999d837ef 299502 org/bitbucket/b_c/jose4j/0.9.6/jose4j-0.9.6.jar
86e0255d4c879c61b4833ed7f13124e8bb679df47debb127326e7db7dd49a07b 269335 org/codehaus/plexus/plexus-utils/3.5.1/plexus-utils-3.5.1.jar
f0819307fe3108d703515d38890ca576c6b940e089ebf02993e223fd27dd945c 437555 org/eclipse/jetty/ee10/jetty-ee10-servlet/12.0.22/jetty-ee10-servlet-12.0.22.jar
d55da9ba12b8d06d4618e6c09e0e5b64e104014b53a152b81387dad1edcb4f8a 50403 org/eclipse/jetty/ee10/jetty-ee10-servlets/12.0.22/jetty-ee10-servlets-12.0.22.jar
0c6b40cc72825e30e2935ea33c058b94783a6a7cdc345c20d2dc5585d4f8fd8d 7166 org/eclipse/jetty/jetty-alpn-client/12.0.22/jetty-alpn-client-12.0.22.jar
6d975e2ed44cad0618cc34cf0645eb6781482de90b23f70de8668fc275afb5a3 354767 org/eclipse/jetty/jetty-client/12.0.22/jetty-client-12.0.22.jar
124b31c6e570aadd5198fa3edf639927b1ffeb95b2fad9fc707e572c11ee1c83 436564 org/eclipse/jetty/jetty-http/12.0.22/jetty-http-12.0.22.jar
aba6568fcbac7abd67d7f8a8807a8ae6c645937beb6666b517b128669cc37d6f 333095 org/eclipse/jetty/jetty-io/12.0.22/jetty-io-12.0.22.jar
d6a779a81190479c404ccecd427ad24250a53265ed26ad1810b182a9b923e4de 144943 org/eclipse/jetty/jetty-security/12.0.22/jetty-security-12.0.22.jar
dbac8c77cc006bb83f02603ae631ed81db99f5372b38e18b1ffc464edcdceba5 632241 org/eclipse/jetty/jetty-server/12.0.22/jetty-server-12.0.22.jar
15655a03efeb57f4d4fcbeb6c7d1bb341dc1a9be5e4cbaa3501c0aab11df9076 117314 org/eclipse/jetty/jetty-session/12.0.22/jetty-session-12.0.22.jar
87cc0f03036b795023465613d330f58d7094da21b37bb44bcb1f6329031075e6 695125 org/eclipse/jetty/jetty-util/12.0.22/jetty-util-12.0.22.jar
a82b6d1a348324ef88dc807c7cd7aaf633985cbff7b30036fb61a1b86981d840 27419 org/glassfish/hk2/external/aopalliance-repackaged/3.0.6/aopalliance-repackaged-3.0.6.jar
c049a21a9fd9316c7e291a2bc28835f70d25affb623dc1599a83b6b84ec83a4f 207576 org/glassfish/hk2/hk2-api/3.0.6/hk2-api-3.0.6.jar
e2664d21b017c3aa1518b913264602bea604edc54d356103c10afba99abd04fc 205288 org/glassfish/hk2/hk2-locator/3.0.6/hk2-locator-3.0.6.jar
fc84d85a0744b576d9ec7db5845eeb998ed532a9450dd19c8c922c3ee6926206 132025 org/glassfish/hk2/hk2-utils/3.0.6/hk2-utils-3.0.6.jar
aab5d7849f7cfcda2cc7c541ba1bd365151d42276f151c825387245dfde3dd74 19479 org/glassfish/hk2/osgi-resource-locator/1.0.3/osgi-resource-locator-1.0.3.jar
fd15e7e37215d772ccdae8d4076c41a11ad3fec9ca88a1f8a8f6dacf4663bb69 75398 org/glassfish/jersey/containers/jersey-container-servlet-core/3.1.10/jersey-container-servlet-core-3.1.10.jar
4aadc66d2d36afb273b3898581d6aa51e0f992308d56fd51b8e3201efa461f67 31995 org/glassfish/jersey/containers/jersey-container-servlet/3.1.10/jersey-container-servlet-3.1.10.jar
96cf86c23b515da20a30a39633a920f12a420d1e5f02c55ef5577ca2694d11c6 306530 org/glassfish/jersey/core/jersey-client/3.1.10/jersey-client-3.1.10.jar
b8df5de87d48d6abf555f340755a056c8cb29a660af958e959db8a4cb3552b54 1247201 org/glassfish/jersey/core/jersey-common/3.1.10/jersey-common-3.1.10.jar
1b33a9be417b72f7ceef3afe9780781b66122b0f1db78f2f82502988072cfab0 982603 org/glassfish/jersey/core/jersey-server/3.1.10/jersey-server-3.1.10.jar
00ed71c496a856ac1f73272482a7abe27b5a96b823c29cc08f4b708c8d3e647e 77963 org/glassfish/jersey/inject/jersey-hk2/3.1.10/jersey-hk2-3.1.10.jar
22d1d4316c4ec13a68b559e98c8256d69071593731da96136640f864fa14fad8 177206 org/hdrhistogram/HdrHistogram/2.2.2/HdrHistogram-2.2.2.jar
eba37290994b5e4868f3af98ff113f6244a6b099385d9ad46881307d3cb01aaf 794714 org/javassist/javassist/3.30.2-GA/javassist-3.30.2-GA.jar
1fad6e6be7557781e4d33729d49ae1cdc8fdda6fe477bb0cc68ce351eafdfbab 3819 org/jspecify/jspecify/1.0.0/jspecify-1.0.0.jar
d74a3334fb35195009b338a951f918203d6bbca3d1d359033dc33edd1cadc9ef 682804 org/lz4/lz4-java/1.8.0/lz4-java-1.8.0.jar
2bbeef5797a241300c4f7513cd546239629ed7deda4fc0c31df90bb95f5f13ef 73718 org/pcollections/pcollections/4.0.2/pcollections-4.0.2.jar
1ebb2b6f9e4eb4022497c19b1e1e825019c08514f962aaac197145f88ed730f1 5926340 org/scala-lang/scala-library/2.13.16/scala-library-2.13.16.jar
fb49ccd9cac7464486ab993cda20a3c1569d8ef26f052e897577ad2a4970fb1d 3801119 org/scala-lang/scala-reflect/2.13.16/scala-reflect-2.13.16.jar
d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0 41125 org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar
4c766cb3f855415ee734b2392949a0b6f12a60879334a74518deaf6270d32e36 2338496 org/xerial/snappy/snappy-java/1.1.10.7/snappy-java-1.1.10.7.jar
ef779af5d29a9dde8cc70ce0341f5c6f7735e23edff9685ceaa9d35359b7bb7f 339825 org/yaml/snakeyaml/2.4/snakeyaml-2.4.jar
`);

/** The Maven plugin that copies them, and what it is made of; needed only where Maven fetches them. */
export const PLUGIN_JARS = parse(`
fda65a9ad0e1ac0c88987106e89aa4d8b2a2495e7e042371efa83813f65b7295 35059 com/github/cliftonlabs/json-simple/3.0.2/json-simple-3.0.2.jar
f72ede1b39258faf81277dc58de30c71cbae4253732558d2ce10b53d8b5763d5 6650280 com/github/luben/zstd-jni/1.5.6-3/zstd-jni-1.5.6-3.jar
7d938c81789028045c08c065e94be75fc280527620d5bd62b519d5838532368a 246918 commons-beanutils/commons-beanutils/1.9.4/commons-beanutils-1.9.4.jar
f700de80ac270d0344fdea7468201d8b9c805e5c648331c3619f2ee067ccfc59 372608 commons-codec/commons-codec/1.17.0/commons-codec-1.17.0.jar
eeeae917917144a68a741d4c0dff66aa5c5c5fd85593ff217bced3fc8ca783b8 588337 commons-collections/commons-collections/3.2.2/commons-collections-3.2.2.jar
f41f7baacd716896447ace9758621f62c1c6b0a91d89acee488da26fc477c84f 508826 commons-io/commons-io/2.16.1/commons-io-2.16.1.jar
daddea1ea0be0f56978ab3006b8ac92834afeefbd9b7e4e6316fca57df0fa636 61829 commons-logging/commons-logging/1.2/commons-logging-1.2.jar
fdbef3137a28f63bb0cb93487803080ede746a4ec3d421e36c6f0c305c35e5e4 254937 io/airlift/aircompressor/0.27/aircompressor-0.27.jar
91c77044a50c481636c32d916fd89c9118a72195390452c81065080f957de7ff 2497 javax/inject/javax.inject/1/javax.inject-1.jar
9168a03141d8fc7eda21a2360d83cc0412bcbb1d6204d992bd48c2573cb3c6b8 1083634 org/apache/commons/commons-compress/1.26.2/commons-compress-1.26.2.jar
1c150e3d2df4b4237b47e28fea2079fb0da324578d5cca6a5fed2e37a62082ec 241614 org/apache/commons/commons-digester3/3.2/commons-digester3-3.2.jar
6ee731df5c8e5a2976a1ca023b6bb320ea8d3539fbe64c8a1d5cb765127c33b4 673587 org/apache/commons/commons-lang3/3.17.0/commons-lang3-3.17.0.jar
de023257ff166044a56bd1aa9124e843cd05dac5806cc705a9311f3556d5a15f 251227 org/apache/commons/commons-text/1.12.0/commons-text-1.12.0.jar
939183cf5ced6741745b2475a4adf78ca85885ee0dad6dae28dd3f25bd447ff3 168106 org/apache/maven/doxia/doxia-core/2.0.0/doxia-core-2.0.0.jar
4aee72f9b30b507964c2f52b63f70e7b41fb9d957359cb5dc13c428abb4b6189 50040 org/apache/maven/doxia/doxia-integration-tools/2.0.0/doxia-integration-tools-2.0.0.jar
f4a846c448ca85358279184a310f6ee3f46fa39688f74a72961c1bfe222f28a6 53877 org/apache/maven/doxia/doxia-module-apt/2.0.0/doxia-module-apt-2.0.0.jar
7956aca14f8adbc48bac86b218701dd44cc990063a69edbfca363b105994a474 35212 org/apache/maven/doxia/doxia-module-xdoc/2.0.0/doxia-module-xdoc-2.0.0.jar
c91557679a0eb9fde3175055628ceb7b8fd5ab6d308340770d236fb06265dc26 17036 org/apache/maven/doxia/doxia-module-xhtml5/2.0.0/doxia-module-xhtml5-2.0.0.jar
fba33eaee3b01547bcd14b05ebc37f7dacef1819ad9ee7a5b27899afd3472cf4 11330 org/apache/maven/doxia/doxia-sink-api/2.0.0/doxia-sink-api-2.0.0.jar
f6ec9ef75a41d1b826e5ecf02d92c5de90a6bc70ea93d5340988703223bf2205 85941 org/apache/maven/doxia/doxia-site-model/2.0.0/doxia-site-model-2.0.0.jar
6cdee370194f4b9f742d12ef46528042f480d9bdf3de832de2792e1ae9ffc68d 43622 org/apache/maven/doxia/doxia-site-renderer/2.0.0/doxia-site-renderer-2.0.0.jar
3ced0d90353f49e8eb1458f54664b93ec117d79b9789a576da41e2f6f99723e0 16392 org/apache/maven/doxia/doxia-skin-model/2.0.0/doxia-skin-model-2.0.0.jar
1f895a587df4844d9b7565e8e9a6352afe1d55532458a0dbeb746bc1d02e9216 26804 org/apache/maven/maven-archiver/3.6.2/maven-archiver-3.6.2.jar
9fc3d435085983b16bc53903f9413aede9de30e20c57c0cece94614f328b14b5 207950 org/apache/maven/plugins/maven-dependency-plugin/3.8.1/maven-dependency-plugin-3.8.1.jar
cb2cbde3c9c7288f7398a250dcf3c90cf92714cff301f22b298e1091b5def33c 9763 org/apache/maven/reporting/maven-reporting-api/4.0.0/maven-reporting-api-4.0.0.jar
e9e70fdb26ff8b1f15435e3a68866a25c85b1694007e0fbdfe84e48e946fe463 20961 org/apache/maven/reporting/maven-reporting-impl/4.0.0/maven-reporting-impl-4.0.0.jar
33dc67306cc95da14e5444e8b494d967924abf1d01bae1894676164cbd3f6112 148983 org/apache/maven/resolver/maven-resolver-api/1.4.1/maven-resolver-api-1.4.1.jar
6b2184872fa7cc2ef5a90481b56af9711c15b371e69ab52f0f31bf24e910dd82 167529 org/apache/maven/resolver/maven-resolver-util/1.4.1/maven-resolver-util-1.4.1.jar
1ac88accde99ed71e65253bd130868c0e654f940f01ade073b895eb2f817cf06 159293 org/apache/maven/shared/maven-artifact-transfer/0.13.1/maven-artifact-transfer-0.13.1.jar
931a77aa9dad6c91f10fcfafa70adc7608c004576b4924c74ecbffb27568a880 58459 org/apache/maven/shared/maven-common-artifact-filters/3.4.0/maven-common-artifact-filters-3.4.0.jar
b12afa13e722e991c28a45b53277be406e6433591c863eb7d0b9d350803c3a69 44959 org/apache/maven/shared/maven-dependency-analyzer/1.15.0/maven-dependency-analyzer-1.15.0.jar
a3353f6a82feb950d5e7e64b0cd4ceadea7eb62112e447172e34974a510316f4 42883 org/apache/maven/shared/maven-dependency-tree/3.3.0/maven-dependency-tree-3.3.0.jar
b613357e1bad4dfc1dead801691c9460f9585fe7c6b466bc25186212d7d18487 151103 org/apache/maven/shared/maven-shared-utils/3.4.2/maven-shared-utils-3.4.2.jar
8258cfdcaa16127f35ffe610a3fa4f76b7ebe51b88922c73c4ee39ce8f378ce5 216933 org/apache/velocity/tools/velocity-tools-generic/3.1/velocity-tools-generic-3.1.jar
1bf78c2ade46f209bf93ebe72ed2af5b989ca7a1de0a015fc1b92a62f56b6549 510500 org/apache/velocity/velocity-engine-core/2.4/velocity-engine-core-2.4.jar
4c07814ff4a39199999ae82bba1e38aa4f25637467fcac6a66ed63a76535799a 225201 org/codehaus/plexus/plexus-archiver/4.10.0/plexus-archiver-4.10.0.jar
52f77c5ec49f787c9c417ebed5d6efd9922f44a202f217376e4f94c0d74f3549 52873 org/codehaus/plexus/plexus-classworlds/2.6.0/plexus-classworlds-2.6.0.jar
405eef6fc9188241ec88579c3e473f5c8997455c69bcd62e142492aca15106bc 4227 org/codehaus/plexus/plexus-component-annotations/2.0.0/plexus-component-annotations-2.0.0.jar
b87f25b512ffafcafbf4a05ab943812e9c6915291370c6b46016eb3836886c41 11931 org/codehaus/plexus/plexus-i18n/1.0-beta-10/plexus-i18n-1.0-beta-10.jar
3fb4fb6143fdf964024c3cb738551524b9ea84e5c211cd660c559ad0703e5230 85874 org/codehaus/plexus/plexus-interpolation/1.27/plexus-interpolation-1.27.jar
30c29c1fe7552d606728d3724c2aafcc577d738fe71cd17194a8b957adb34856 79942 org/codehaus/plexus/plexus-io/3.5.1/plexus-io-3.5.1.jar
96b9cc44439191d2d0635974e2d44e768736b4fb2abcb65f94cd95e41912fa8b 192527 org/codehaus/plexus/plexus-utils/4.0.1/plexus-utils-4.0.1.jar
3e7e902f492c973cf210ddb8267843a3b65e83f5067467e2f4d9af0051f6b8b9 5671 org/codehaus/plexus/plexus-velocity/2.2.0/plexus-velocity-2.2.0.jar
c1a510a87a62bd2d74ac1472dd31c3f9e9b0b8b8568f37d77c0f135415bebd05 94331 org/codehaus/plexus/plexus-xml/3.0.1/plexus-xml-3.0.1.jar
15335c4dcf082f599fb8eddcfb58d6a7e9a9c97de2883c257089a479b9b24522 433639 org/eclipse/sisu/org.eclipse.sisu.inject/0.9.0.M3/org.eclipse.sisu.inject-0.9.0.M3.jar
c99674d3773e26154885661711f0b6d63aa5008f5cc99227a236756d4ad9de5e 216303 org/eclipse/sisu/org.eclipse.sisu.plexus/0.9.0.M3/org.eclipse.sisu.plexus-0.9.0.M3.jar
adf46d5e34940bdf148ecdd26a9ee8eea94496a72034ff7141066b3eea5c4e9d 125428 org/ow2/asm/asm/9.7/asm-9.7.jar
d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0 41125 org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar
934171640fbd3d2495c50b79b0d9adb11e2c83e65bad157df8fe34bcac0ff798 8482 org/sonatype/plexus/plexus-build-api/0.0.7/plexus-build-api-0.0.7.jar
211b306cfc44f8f96df3a0a3ddaf75ba8c5289eed77d60d72f889bb855f535e5 116013 org/tukaani/xz/1.9/xz-1.9.jar
`);

/** One jar a line: SHA-256, length, place. */
function parse(text: string): readonly MavenJar[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [sha256 = '', bytes = '', place = ''] = line.split(' ');
      return { path: place, bytes: Number(bytes), sha256 };
    });
}
