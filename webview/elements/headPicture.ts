import { css, html, type TemplateResult } from 'lit';
import { headSquare } from '../../src/common/geometry.ts';
import type { Head } from '../../src/protocol/charactersViewProtocol.ts';
import { icons } from '../icons.ts';
import { text } from '../strings.ts';
import { place } from './fileLocation.ts';
import { pictureArrived } from './styles.ts';

/** How much of the head around a face is shown; a matter of looks alone. */
const crop = { scale: 1.6, shiftY: -0.06 };

/** The head of a face, filling the square element that it is in; an icon where there is none. */
export function headPicture(head: Head | null): TemplateResult {
  if (head === null || head.thumbnail === null) {
    return html`<span class="missing" title=${text.noThumbnail()}>${icons.image}</span>`;
  }
  const square = headSquare(head.box, crop);
  const share = (pixels: number) => `${(pixels / square.width) * 100}%`;
  return html`<img
    class="head"
    src=${head.thumbnail}
    alt=""
    decoding="async"
    draggable="false"
    @load=${pictureArrived}
    ${place({
      left: share(-square.x),
      top: share(-square.y),
      width: share(head.width),
      height: share(head.height),
    })}
  />`;
}

/** For whatever holds a head: it must be positioned and cut off what is beyond it. */
export const headStyles = css`
  img.head {
    position: absolute;
    max-width: none;
    -webkit-user-drag: none;
  }
`;
