import { nothing } from 'lit';
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';

type Styles = Readonly<Record<string, string>>;

/**
 * Sets styles of the element property by property. Lit's `styleMap` writes its first value as
 * a `style` attribute, which the page's content security policy refuses; the CSS object model
 * is allowed.
 */
class PlaceDirective extends Directive {
  #last: Styles = {};

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) {
      throw new TypeError('Expected place() in the position of an element but received another');
    }
  }

  render(_styles: Styles): typeof nothing {
    return nothing;
  }

  override update(part: ElementPart, [styles]: [Styles]): typeof nothing {
    const { style } = part.element as HTMLElement;
    for (const name of Object.keys(this.#last)) {
      if (!(name in styles)) {
        style.removeProperty(name);
      }
    }
    for (const [name, value] of Object.entries(styles)) {
      if (this.#last[name] !== value) {
        style.setProperty(name, value);
      }
    }
    this.#last = styles;
    return nothing;
  }
}

/** CSS properties (in their dashed names) of the element it stands in. */
export const place = directive(PlaceDirective);
