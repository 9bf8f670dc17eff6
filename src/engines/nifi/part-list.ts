/** Every file that is fetched for nifi from a Maven repository, with its SHA-256; written by `npm run jars -- nifi`. */

import { parseMavenFiles } from '../../install/maven-files.ts';

/** All of them. */
export const NIFI_FILES = parseMavenFiles(`
4d8e899621a3006c2f66e19feab002b11e6cfc5cb1854fc41f01532c00deb2aa 231851 ch/qos/logback/logback-classic/1.2.11/logback-classic-1.2.11.jar common
6ce1e9397be8298a2e99029f55f955c6fa3cef255171c554d0b9c201cffd0159 448764 ch/qos/logback/logback-core/1.2.11/logback-core-1.2.11.jar common
4ffabb06be454a05e4398e20c77fa2b6308d4b88dfbef7ca30a76b5b7d5505ef 27156 com/sun/istack/istack-commons-runtime/3.0.8/istack-commons-runtime-3.0.8.jar common/java11
056f3a1e144409f21ed16afc26805f58e9a21f3fce1543c42d400719d250c511 317195 com/sun/xml/fastinfoset/FastInfoset/1.2.16/FastInfoset-1.2.16.jar common/java11
8b0a0f52fa8b05c5431921a063ed866efaa41dadf2e3a7ee3e1961f2b0d9645b 44399 jakarta/activation/jakarta.activation-api/1.2.1/jakarta.activation-api-1.2.1.jar common/java11
69156304079bdeed9fc0ae3b39389f19b3cc4ba4443bc80508995394ead742ea 115498 jakarta/xml/bind/jakarta.xml.bind-api/2.3.2/jakarta.xml.bind-api-2.3.2.jar common/java11
e04ba5195bcd555dc95650f7cc614d151e4bcd52d29a10b8aa2197f3ab89ab9b 26586 javax/annotation/javax.annotation-api/1.3.2/javax.annotation-api-1.3.2.jar common/java11
af456b2dd41c4e82cf54f3e743bc678973d9fe35bd4d3071fa05c7e5333b8482 95806 javax/servlet/javax.servlet-api/3.1.0/javax.servlet-api-3.1.0.jar common
d919d904486c037f8d193412da0c92e22a9fa24230b9d67a57855c5c31c7e94e 587402 org/apache/commons/commons-lang3/3.12.0/commons-lang3-3.12.0.jar bootstrap
47209ab0804602a99e4d069d39cb9732fec5cf16e9ee156a3995a0329c82c66e 267993 org/apache/nifi/nifi-api/1.18.0/nifi-api-1.18.0.jar common
86bf4536b4ce439c27934e46bef5ed1e9db7a6d63ed4d1635eaeab6c310af309 153232 org/apache/nifi/nifi-framework-api/1.18.0/nifi-framework-api-1.18.0.jar common
bbecd0f1063df4dafb26e8b93b282aa1d83dcda985b556a47685dfe1800ef7db 71817182 org/apache/nifi/nifi-framework-nar/1.18.0/nifi-framework-nar-1.18.0.nar server
750a476cfc1f5f6ad35fb522121f7606f03b07aa1c1ef6781309d26b2357ca4b 7292414 org/apache/nifi/nifi-jetty-bundle/1.18.0/nifi-jetty-bundle-1.18.0.nar common
d198c30e29aa04fb8ebb033f465fcb272fb7333f14de5b38473c65d3fdd82e4b 52131 org/apache/nifi/nifi-nar-utils/1.18.0/nifi-nar-utils-1.18.0.jar common
82b64121b845c8314f84d57e46c5c506e162945062701f4e591ae9903c56b5d8 16567 org/apache/nifi/nifi-properties-loader/1.18.0/nifi-properties-loader-1.18.0.jar bootstrap
3e598d27d6ae355bf7612828bead4fc70a489a5b3f13fd12ba27faff1e65b293 35213 org/apache/nifi/nifi-properties/1.18.0/nifi-properties-1.18.0.jar common
192fb78f46cec69bea1a77993ba2bbc8d3a08d9afc03cd92a81a06d7ea389230 10747 org/apache/nifi/nifi-property-protection-api/1.18.0/nifi-property-protection-api-1.18.0.jar bootstrap
1a0403b50651353f7c6aee02772ce369ac243ac682d13677d022b307f3f14984 16916 org/apache/nifi/nifi-property-protection-loader/1.18.0/nifi-property-protection-loader-1.18.0.jar bootstrap
13b489a316d827c03b70080423c4c4cc9b8b0ab2333a7f9c48ea9f45f567c70b 17160 org/apache/nifi/nifi-property-utils/1.18.0/nifi-property-utils-1.18.0.jar bootstrap
13b489a316d827c03b70080423c4c4cc9b8b0ab2333a7f9c48ea9f45f567c70b 17160 org/apache/nifi/nifi-property-utils/1.18.0/nifi-property-utils-1.18.0.jar common
15ee94a05b4f1cec21d131c82bb96a518479dde80f7e0ed0cb4abc76e5427031 13967845 org/apache/nifi/nifi-provenance-repository-nar/1.18.0/nifi-provenance-repository-nar-1.18.0.nar server
8cc29eba7243ba649e70a7162e626fb4a4f7635e2faa85c6197ed0b8d1c1cc19 40509 org/apache/nifi/nifi-runtime/1.18.0/nifi-runtime-1.18.0.jar common
6783c2f1291e752efbbe6303fd908f7c5faa1b77ebc873a217287c05bceb0693 10503 org/apache/nifi/nifi-server-api/1.18.0/nifi-server-api-1.18.0.jar common
ad5303b5fd1507c955945bac7f5f3cce441e90c6fd6931d24a7d7722461a83e1 25811219 org/apache/nifi/nifi-server-nar/1.18.0/nifi-server-nar-1.18.0.nar server
1598b5d614f2bf5fe727e4f7d58dc093a5fb0114ef7a07e5cde2c839d1f3e131 83086216 org/apache/nifi/nifi-standard-nar/1.18.0/nifi-standard-nar-1.18.0.nar common
888dcf9f97c5a5f0cbfab1ed2a76bda47c4f90aca46ae13e7613f10676f96fc7 425246 org/apache/nifi/nifi-standard-services-api-nar/1.18.0/nifi-standard-services-api-nar-1.18.0.nar common
d1f06d290e91aeb33eff859ef976b2aa4ec3e55ad6515db9d982834469d936c5 34575 org/apache/nifi/nifi-stateless-api/1.18.0/nifi-stateless-api-1.18.0.jar common
2f78cdabd99660faf42049972b59892cad7ea8c90583cb39d7ee1148e74d897a 24966 org/apache/nifi/nifi-stateless-bootstrap/1.18.0/nifi-stateless-bootstrap-1.18.0.jar common
94403b15822d8cfd4c45aded13c320a9f8991848efb234469b7e72ae7630bc76 22443831 org/apache/nifi/nifi-stateless-nar/1.18.0/nifi-stateless-nar-1.18.0.nar common
e6e0a1e89fb6ff786279e6a0082d5cef52dc2ebe67053d041800737652b4fd1b 1013367 org/glassfish/jaxb/jaxb-runtime/2.3.2/jaxb-runtime-2.3.2.jar common/java11
4a6a9f483388d461b81aa9a28c685b8b74c0597993bf1884b04eddbca95f48fe 72080 org/glassfish/jaxb/txw2/2.3.2/txw2-2.3.2.jar common/java11
20522549056e9e50aa35ef0b445a2e47a53d06be0b0a9467d704e2483ffb049a 38099 org/jvnet/staxex/stax-ex/1.8.1/stax-ex-1.8.1.jar common/java11
ab57ca8fd223772c17365d121f59e94ecbf0ae59d08c03a3cb5b81071c019195 16555 org/slf4j/jcl-over-slf4j/1.7.36/jcl-over-slf4j-1.7.36.jar common
9e641fb142c5f0b0623d6222c09ea87523a41bf6bed48ac79940724010b989de 4519 org/slf4j/jul-to-slf4j/1.7.36/jul-to-slf4j-1.7.36.jar common
0a7e032bf5bcdd5b2bf8bf2e5cf02c5646f2aa6fee66933b8150dbe84e651e8a 23715 org/slf4j/log4j-over-slf4j/1.7.36/log4j-over-slf4j-1.7.36.jar common
3624f8474c1af46d75f98bc097d7864a323c81b3808aa43689a6e1c601c027be 41513 org/slf4j/slf4j-api/1.7.32/slf4j-api-1.7.32.jar common
`);
