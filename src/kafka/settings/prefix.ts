/** Names on a cluster that many share: each program's topics, groups and transactional ids stand under its prefix. */

/** What a prefix may be. No dot, which ends it; no underscore, which Kafka takes for a dot where it counts names. */
export const PREFIX = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

/** Between a prefix and the name. As no prefix holds one, none of two prefixes can be the beginning of the other's names. */
const DOT = '.';

/** Turns this program's names into the cluster's, and back. */
export class ClusterNames {
  /** What all names on the cluster begin with: `'ada.'`, or nothing. */
  readonly #begin: string;

  /** @param prefix without the dot; empty for none */
  constructor(prefix: string) {
    this.#begin = prefix === '' ? '' : `${prefix}${DOT}`;
  }

  /** Whether names are the same on both sides. */
  get areSame(): boolean {
    return this.#begin === '';
  }

  /** The cluster's name. An empty one stays so, for the cluster to refuse. */
  onCluster(name: string): string {
    return name === '' ? name : `${this.#begin}${name}`;
  }

  /** Whether the cluster's name is one of this program's. */
  isOwn(name: string): boolean {
    return name.startsWith(this.#begin) && name.length > this.#begin.length;
  }

  /** This program's name; those of others stay whole. */
  own(name: string): string {
    return this.isOwn(name) ? name.slice(this.#begin.length) : name;
  }

  /** Of these names, those of this program, as it calls them. */
  ownOnes(names: readonly string[]): string[] {
    return names.filter((name) => this.isOwn(name)).map((name) => this.own(name));
  }

  /** The same thing under the cluster's name. */
  sent<T extends { readonly topic: string }>(thing: T): T {
    return { ...thing, topic: this.onCluster(thing.topic) };
  }

  /** The same thing under this program's name. */
  received<T extends { readonly topic: string }>(thing: T): T {
    return { ...thing, topic: this.own(thing.topic) };
  }
}
