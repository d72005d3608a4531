/**
 * Decoded pixels: 8-bit sRGB, interleaved RGBRGB…, rows from top to bottom without padding,
 * so that `data.length === width * height * 3`.
 */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** As `Raster`, but RGBARGBA… of straight alpha, so that `data.length === width * height * 4`. */
export interface RgbaRaster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 4;
}

/**
 * The grey (0…255, all three channels) behind transparent pixels, around letterboxed
 * pictures and beyond the edge of a crop. 114 is the padding that YOLO-family detectors are
 * trained with (Ultralytics `LetterBox`), and the models here are trained with it too.
 */
export const neutralGrey = 114;
