import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit';

/** Sixteen by sixteen, drawn with the text's colour; decoration only, hidden from readers. */
function icon(shape: SVGTemplateResult): TemplateResult {
  return html`<svg
    class="icon"
    viewBox="0 0 16 16"
    width="16"
    height="16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.1"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${shape}
  </svg>`;
}

export const icons = {
  check: icon(svg`<path d="m3.5 8.5 3 3 6-7" stroke-width="1.8" />`),
  back: icon(svg`<path class="directed" d="M13 8H3m4.5-4.5L3 8l4.5 4.5" />`),
  undo: icon(svg`<path d="M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6" />`),
  enlarge: icon(svg`<path d="M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9" />`),
  rename: icon(svg`<path d="m10.5 2.800 2.700 2.700L5.700 13H3v-2.700zM9 4.300 11.700 7" />`),
  close: icon(svg`<path d="m4 4 8 8m0-8-8 8" />`),
  image: icon(
    svg`<rect x="1.5" y="2.5" width="13" height="11" rx="1.5" /><circle cx="5.2" cy="6" r="1.2" /><path d="m2 12 3.6-3.4 2.3 2L11 7.2l3.4 3.5" />`,
  ),
  drawBox: icon(svg`<path d="M2 5V2h3M11 2h3v3M5 14H2v-3M8 11.5h6M11 8.5v6" />`),
  wholeImage: icon(
    svg`<rect x="2" y="3" width="12" height="10" rx="1" /><path d="m2.5 11.5 3.6-4 2.6 2.8 1.8-1.8 3 3" />`,
  ),
  allFaces: icon(
    svg`<circle cx="5.5" cy="6" r="2.2" /><circle cx="11.2" cy="6.6" r="1.7" /><path d="M1.8 13c.3-2.3 1.8-3.5 3.7-3.5s3.4 1.2 3.7 3.5M10.6 10c2 0 3.2 1 3.6 3" />`,
  ),
  copies: icon(
    svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1" /><path d="M3.5 10.5h-1v-8h8v1" />`,
  ),
  search: icon(svg`<circle cx="6.8" cy="6.8" r="4.3" /><path d="m10 10 4 4" />`),
  pause: icon(svg`<path d="M5.5 3.5v9M10.5 3.5v9" stroke-width="1.8" />`),
  resume: icon(svg`<path d="m5 3 8 5-8 5z" />`),
  warning: icon(svg`<path d="M8 2 14.5 13.5h-13zM8 6.5v3.6M8 11.8v.2" />`),
  info: icon(svg`<circle cx="8" cy="8" r="6" /><path d="M8 7.3v4M8 4.8V5" />`),
  paste: icon(
    svg`<path d="M5.5 3h-2v11h9V3h-2" /><rect x="5.5" y="1.8" width="5" height="2.6" rx=".6" />`,
  ),
} as const;

/** The picture of the empty screens: a face in the corners of a detection box. */
export const portrait = html`<svg
  class="portrait"
  viewBox="0 0 96 96"
  width="96"
  height="96"
  fill="none"
  stroke="currentColor"
  stroke-width="2"
  stroke-linecap="round"
  stroke-linejoin="round"
  aria-hidden="true"
>
  <path class="corners" d="M8 24V8h16M72 8h16v16M88 72v16H72M24 88H8V72" />
  <path
    d="M27 46c-2-16 8-27 21-27s23 11 21 27c-2-6-6-11-10-13-2 5-7 8-13 8-5 0-9-3-10-6-4 2-7 6-9 11Z"
  />
  <path d="M28 44c0 18 9 30 20 30s20-12 20-30" />
  <path d="M39 50v5M57 50v5" stroke-width="3.4" />
  <path d="M44 64c2.5 2 5.5 2 8 0" />
  <path d="M27 46c-4 10-3 20 0 29M69 46c4 10 3 20 0 29" />
</svg>`;
