/** A link or a picture of Markdown: `[text](address)` or `![text](address)`. */
const link = /(!?)\[([^\]]*)\]\(([^)\s]+)\)/g;

/**
 * The readme for the page of an installed extension that no address stands behind. VS Code opens
 * no relative link there and shows no relative picture: the picture goes, of a link the text stays.
 */
export function withoutRelativeLinks(markdown: string): string {
  return markdown
    .replaceAll(link, (whole: string, picture: string, text: string, address: string) => {
      if (/^(https:|mailto:|#)/.test(address)) {
        return whole;
      }
      return picture === '' ? text : '';
    })
    .replaceAll(/\n{3,}/g, '\n\n');
}
