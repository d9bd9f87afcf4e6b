/** Text that is already HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | undefined | readonly Html[];

/** HTML from a template literal. Every value that is not HTML itself is escaped. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(textOf)));
}

function textOf(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  return typeof value === 'object' ? value.map(textOf).join('') : escapeHtml(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Paragraphs with `code` and **bold**, the only Markdown that the document's texts use. */
export function prose(text: string): Html {
  return new Html(
    text
      .split('\n\n')
      .map((paragraph) => `<p>${inline(paragraph).text}</p>`)
      .join(''),
  );
}

export function inline(text: string): Html {
  const marked = escapeHtml(text).replaceAll(/`([^`]+)`|\*\*([^*]+)\*\*/g, (_, code?: string, bold?: string) =>
    code === undefined ? `<strong>${bold}</strong>` : `<code>${code}</code>`,
  );
  return new Html(marked);
}
