import { shortId } from './format.ts';

/** A link by an id, on one line. */
export function IdLink({ href, id }: { readonly href: string; readonly id: string }) {
  return (
    <a class="id" href={href}>
      {shortId(id)}
    </a>
  );
}
