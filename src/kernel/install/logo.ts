/** The kernel's picture in Jupyter's launcher. */

/** TypeScript's letters, with a stream through them. */
export const logoSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
<title>TypeScript (streamtrain)</title>
<rect width="64" height="64" rx="6" fill="#235a97"/>
<path d="M0 22c10-8 22 8 32 0s22-8 32 0v10c-10-8-22 8-32 0s-22 8-32 0z" fill="#ff8f00"/>
<path d="M12 37h22v5h-8v17h-6V42h-8zM52 42c-4-1-8-1-8 1s9 2 9 9c0 7-8 8-15 6v-5c4 1.500 9 1.500 9-1s-9-2-9-9c0-7 8-7.500 14-6z" fill="#fff"/>
</svg>
`;

/** The same as pixels, for front ends that want them; none where the renderer cannot be loaded. */
export async function logoPng(size: number): Promise<Buffer | undefined> {
  try {
    const { Resvg } = await import('@resvg/resvg-js');
    return Buffer.from(new Resvg(logoSvg, { fitTo: { mode: 'width', value: size } }).render().asPng());
  } catch {
    return undefined;
  }
}
