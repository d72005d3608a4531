/** What is used of the package, which brings no types. */
declare module 'qoijs' {
  /** @throws Error where the picture is damaged or cut. */
  function decode(
    file: ArrayBufferLike,
    byteOffset: number,
    byteLength: number,
    channels: 3 | 4,
  ): { readonly width: number; readonly height: number; readonly data: Uint8Array };
  /** The QOI file of pixels. */
  function encode(
    pixels: Uint8Array,
    description: { width: number; height: number; channels: 3 | 4; colorspace: 0 | 1 },
  ): ArrayBuffer;
  const codec: { readonly decode: typeof decode; readonly encode: typeof encode };
  export = codec;
}
