import { AwsError } from '../wire/aws-error.ts';

/** An element as read: its own text, and its child elements in order. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Content of an element to write: text or child elements. A child that is undefined is left out; a list repeats the element. */
export type XmlContent = string | number | boolean | { readonly [name: string]: XmlContent | XmlContent[] | undefined };

/** A document whose root element is `name`. It is in S3's namespace unless `namespaced` is false, as for errors. */
export function writeXml(name: string, content: XmlContent, namespaced = true): string {
  const attribute = namespaced ? ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"' : '';
  return `${DECLARATION}<${name}${attribute}>${writeContent(content)}</${name}>`;
}

function writeContent(content: XmlContent): string {
  if (typeof content !== 'object') return escapeText(String(content));
  let text = '';
  for (const [name, child] of Object.entries(content)) {
    if (child === undefined) continue;
    for (const one of Array.isArray(child) ? child : [child]) text += `<${name}>${writeContent(one)}</${name}>`;
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character);
}

const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/y;

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

/**
 * Reads the small documents that S3's operations take: elements and text. Attributes are dropped, because only namespaces occur.
 * Document types and CDATA are not part of the schema.
 * @throws AwsError MalformedXML
 */
export function readXml(document: string): XmlElement {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const token = TOKEN.exec(document);
    if (!token || root) {
      if (token && root && (token[5] ?? '').trim() === '' && token[2] === undefined) continue;
      throw malformedXml();
    }
    const [, closing, name, , empty, text] = token;
    const parent = open.at(-1);
    if (text !== undefined) {
      if (parent) parent.text += unescapeText(text);
      else if (text.trim() !== '') throw malformedXml();
    } else if (name !== undefined && closing === '') {
      open.push({ name, text: '', children: [] });
    }
    if (name !== undefined && (closing === '/' || empty === '/')) {
      const done = open.pop();
      if (done?.name !== name) throw malformedXml();
      const outer = open.at(-1);
      if (outer) outer.children.push(done);
      else root = done;
    }
  }
  if (!root) throw malformedXml();
  return root;
}

export function malformedXml(): AwsError {
  return new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }),
);

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));?/g, (entity, hex, decimal, name) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const character = name === undefined ? characterOf(code) : ENTITIES.get(name);
    if (character === undefined || !entity.endsWith(';')) throw malformedXml();
    return character;
  });
}

function characterOf(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
