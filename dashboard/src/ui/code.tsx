import { CopyButton } from './copy.tsx';
import { UntrustedCode } from './untrusted-text.tsx';

/** Text as it is. Nothing in it is treated as markup. */
export function Code({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div class="code">
      <CopyButton text={text} what={what} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="code-text" aria-label={what} tabIndex={0}>
        <pre>
          <UntrustedCode text={text} />
        </pre>
      </section>
    </div>
  );
}
