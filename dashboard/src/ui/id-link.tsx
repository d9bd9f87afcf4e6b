import { shortId } from './format.ts';

/** A link showing an id on one line. The whole id is in its tooltip, and can be copied on the page it leads to. */
export function IdLink({ href, id }: { readonly href: string; readonly id: string }) {
  return (
    <a class="id" href={href} title={id}>
      {shortId(id)}
    </a>
  );
}
