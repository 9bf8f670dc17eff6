/** The types that stock tslab 1.0.22 declares, so that code written for it fits. */

/** Shows rich content in one form, under the running cell. */
export interface Display {
  javascript(s: string): void;
  html(s: string): void;
  markdown(s: string): void;
  latex(s: string): void;
  svg(s: string): void;
  png(b: Uint8Array): void;
  jpeg(b: Uint8Array): void;
  gif(b: Uint8Array): void;
  pdf(b: Uint8Array): void;
  text(s: string): void;
  raw(contentType: string, b: string | Uint8Array): unknown;
}

/** The versions a cell can print. */
export interface Versions {
  readonly tslab: string;
  readonly typescript: string;
  readonly node: string;
}
