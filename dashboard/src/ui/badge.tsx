import type { ComponentChildren } from 'preact';

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'calm';

/** The meaning is in the word and the sign, not only in the colour. */
const signs: Readonly<Record<Tone, string>> = { good: '●', warn: '▲', bad: '■', busy: '◐', calm: '○' };

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <span class={`badge badge-${tone}`}>
      <span aria-hidden="true">{signs[tone]}</span> {children}
    </span>
  );
}
