/** Between Jupyter's cursor positions (Unicode characters) and JavaScript's (UTF-16 units). */

/** Units before the character at `position`. */
export function toUnits(text: string, position: number): number {
  let units = 0;
  let characters = 0;
  for (const character of text) {
    if (characters >= position) break;
    characters += 1;
    units += character.length;
  }
  return units;
}

/** Characters before the unit at `offset`. */
export function toCharacters(text: string, offset: number): number {
  return [...text.slice(0, offset)].length;
}
