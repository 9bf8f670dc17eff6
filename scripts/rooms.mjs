// Imports our own compiled code with its types; call bootstrap() first.

/**
 * @typedef {object} Rooms
 * @property {typeof import('../src/install/index.ts')} install
 * @property {typeof import('../src/jupyter/index.ts')} jupyter
 * @property {typeof import('../src/broker/index.ts')} broker
 */

/**
 * Imports one room of `dist`. The address is put together here so that type checking needs `src` only.
 *
 * @template {keyof Rooms} Name
 * @param {Name} name
 * @returns {Promise<Rooms[Name]>}
 */
export async function room(name) {
  return import(new URL(`../dist/${name}/index.js`, import.meta.url).href);
}
