import { createHash } from 'node:crypto';
import { errorKinds } from '../../../core/api-error.ts';
import { methods, type OpenApiDocument } from '../openapi/types.ts';
import { type Html, html, inline, prose } from './html.ts';
import { type Entry, operationSection } from './operation-section.ts';
import { fieldsOf, fieldTable, typeOf } from './schema-table.ts';
import { style } from './style.ts';

/**
 * The document as a page to read. It has no script and loads nothing, so it works offline, prints, and can be searched with the
 * browser's own search.
 */
export function referencePage(document: OpenApiDocument): string {
  const groups = document.tags.map(({ name, description }) => ({
    name,
    description,
    entries: entriesOf(document, name),
  }));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} API ${document.info.version}</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Contents">
<a class="brand" href="#top">${document.info.title} <small>${document.info.version}</small></a>
<ul><li><a href="#authentication">Authentication</a></li><li><a href="#errors">Errors</a></li></ul>
${groups.map(({ name, entries }) => html`<h2>${name}</h2><ul>${entries.map(link)}</ul>`)}
<h2>Schemas</h2><ul>${Object.keys(document.components.schemas).map((name) => html`<li><a href="#schema-${name}">${name}</a></li>`)}</ul>
</nav>
<main id="top">
<header><h1>${document.info.title} API</h1><p class="lead">${document.info.summary}</p>
<p><code>${document.servers[0]?.url}</code> · <a href="openapi.json">OpenAPI ${document.openapi}</a> · ${document.info.license.name}</p></header>
${prose(document.info.description)}
<section id="authentication"><h2>Authentication</h2>${authentication(document)}</section>
<section id="errors"><h2>Errors</h2>${errors()}</section>
${groups.map(({ name, description, entries }) => html`<section id="${anchor(name)}"><h2>${name}</h2><p>${inline(description)}</p>${entries.map((entry) => operationSection(entry, document))}</section>`)}
<section id="schemas"><h2>Schemas</h2>${schemas(document)}</section>
</main>
</body>
</html>
`;
  return page.text;
}

/** Only the page's own style is allowed, in case any text ever gets past the escaping. */
export const referenceHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style.text).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

function entriesOf({ paths }: OpenApiDocument, tag: string): Entry[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation?.tags.includes(tag) ? [{ method, path, operation }] : [];
    }),
  );
}

function link({ method, operation }: Entry): Html {
  return html`<li><a href="#${operation.operationId}"><span class="method ${method}">${method.toUpperCase()}</span> ${operation.operationId}</a></li>`;
}

function anchor(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(' ', '-')}`;
}

function authentication({ components }: OpenApiDocument): Html {
  return html`<table><tbody>${Object.entries(components.securitySchemes).map(
    ([name, { description }]) =>
      html`<tr><th scope="row"><code>${name}</code></th><td>${inline(description)}</td></tr>`,
  )}</tbody></table>`;
}

function errors(): Html {
  const rows = Object.entries(errorKinds).map(
    ([code, { status, meaning }]) =>
      html`<tr id="error-${code}"><th scope="row"><code>${code}</code></th><td>${status}</td><td>${inline(meaning)}</td></tr>`,
  );
  return html`<p>Each is an <a href="#schema-Error">Error</a>.</p><table><tbody>${rows}</tbody></table>`;
}

function schemas({ components }: OpenApiDocument): Html {
  return html`${Object.entries(components.schemas).map(
    ([name, schema]) => html`<article id="schema-${name}"><h3><a href="#schema-${name}">${name}</a></h3>
${schema.description === undefined ? '' : html`<p>${inline(schema.description)}</p>`}
${schema.properties ? fieldTable(fieldsOf(schema)) : html`<p>${typeOf(schema)}</p>`}</article>`,
  )}`;
}
