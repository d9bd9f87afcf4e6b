import { UntrustedCode } from './untrusted-text.tsx';
/** Headers in their original case, with a line for each value. */
export function HeadersView({ headers }: { readonly headers: Readonly<Record<string, string | string[]>> }) {
  const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value) => ({ name, value })));
  if (lines.length === 0) return <p class="hint">No headers.</p>;
  return (
    <dl class="headers">
      {lines.map(({ name, value }, index) => (
        <div key={index}>
          <dt>
            <UntrustedCode text={name} />
          </dt>
          <dd>
            <UntrustedCode text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
