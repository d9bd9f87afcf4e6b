import { resolve } from '../openapi/references.ts';
import type { MediaType, OpenApiDocument, Operation, Parameter } from '../openapi/types.ts';
import { curlOf } from './curl.ts';
import { type Html, html, inline } from './html.ts';
import { type Field, fieldsOf, fieldTable, typeOf } from './schema-table.ts';

export interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function operationSection({ method, path, operation }: Entry, document: OpenApiDocument): Html {
  const parameters = operation.parameters.map((parameter) => resolve(document, parameter));
  const [server] = document.servers;
  const curl = curlOf({ method, path, operation, parameters, serverUrl: server?.url ?? '' });
  return html`<article id="${operation.operationId}">
<h3><a href="#${operation.operationId}">${operation.summary}</a></h3>
<p class="route"><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></p>
<div class="columns"><div>
${operation.description === undefined ? html`<p>No key needed.</p>` : html`<p>${inline(operation.description)}</p>`}
${titled('Parameters', fieldTable(parameters.map(parameterField), 'required'))}
${titled('Body', bodyOf(operation, document))}
${titled('Responses', responsesOf(operation, document))}
</div><div>
${titled('Request', html`<pre tabindex="0">${curl}</pre>`)}
${titled('Response', exampleOf(operation))}
</div></div>
</article>`;
}

function parameterField({ in: place, description = '', ...rest }: Parameter): Field {
  return { ...rest, description: place === 'header' ? `Header. ${description}` : description };
}

function titled(title: string, content: Html): Html | string {
  return content.text.trim() === '' ? '' : html`<h4>${title}</h4>${content}`;
}

function bodyOf({ requestBody }: Operation, document: OpenApiDocument): Html {
  const [content] = Object.values(requestBody?.content ?? {});
  if (!content) return html``;
  const schema = resolve(document, content.schema);
  return schema.properties ? fieldTable(fieldsOf(schema), 'required') : html`<p>${schema.description ?? ''}</p>`;
}

/** The success with its schema, then the error statuses with their possible codes. */
function responsesOf({ responses }: Operation, document: OpenApiDocument): Html {
  const rowsByStatus = Object.entries(responses).map(([status, reference]) => {
    const { content, 'x-error-codes': codes } = resolve(document, reference);
    const [media] = Object.values(content);
    return { status, says: codes ? linksTo(codes) : media && schemaOf(media) };
  });
  const rows = [...Map.groupBy(rowsByStatus, ({ says }) => says?.text).values()].map(
    (same) =>
      html`<tr><th scope="row">${same.map(({ status }) => status).join(', ')}</th><td>${same[0]?.says}</td></tr>`,
  );
  return html`<table class="responses"><tbody>${rows}</tbody></table>`;
}

function schemaOf({ schema }: MediaType): Html {
  return html`<span class="type">${typeOf(schema)}</span>`;
}

function linksTo(codes: readonly string[]): Html {
  return html`${codes.map((code) => html`<a href="#error-${code}"><code>${code}</code></a> `)}`;
}

function exampleOf({ responses }: Operation): Html {
  const success = Object.values(responses).find((response) => 'content' in response);
  const [content] = success && 'content' in success ? Object.values(success.content) : [];
  if (!content) return html``;
  const { example } = content;
  return html`<pre tabindex="0">${typeof example === 'string' ? example : JSON.stringify(example, null, 2)}</pre>`;
}
