import { shortId } from './format.ts';

/** A link by an id, on one line; the whole id is there to be hovered over, and to be copied on the page that it leads to. */
export function IdLink({ href, id }: { readonly href: string; readonly id: string }) {
  return (
    <a class="id" href={href} title={id}>
      {shortId(id)}
    </a>
  );
}
