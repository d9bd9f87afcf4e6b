/**
 * Functions that payloads share. Each payload contains those that it uses, so its text runs as it is shown. All of them truncate first:
 * an engine's work is bounded by what the service shows, not by what the sender sent.
 */

/** `clip(text, max)`: at most `max` UTF-16 units, which no service counts as more than `max` characters. Surrogate pairs stay whole. */
export const CLIP = String.raw`function clip(text, max) {
  return text.length <= max ? text : text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '') + '…';
}
`;

/** `titleOf(event, max)`: one line, never empty. */
export const TITLE_OF = String.raw`function titleOf(event, max) {
  const line = (text) => clip(text, max).replace(/[\s\u0000-\u001F\u007F-\u009F]+/g, ' ').trim();
  return line(event.type || '') || line(event.method + ' ' + (event.path || '/'));
}
`;

/** `textOf(event, max)`: the body as readable text, never empty; control characters, which some databases refuse, are replaced. */
export const TEXT_OF = String.raw`function textOf(event, max) {
  if (event.body_encoding === 'base64') return '(' + clip(event.headers['content-type'] || 'binary data', max - 2) + ')';
  return clip(event.body, max).replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g, '\uFFFD') || '(no body)';
}
`;

/** `fenced(text)`: a code block of Discord and Markdown, 8 characters longer than the text, which can't close the block early. */
export const FENCED = String.raw`function fenced(text) {
  const fence = '${'```'}';
  return fence + '\n' + text.split(fence).join("'''") + '\n' + fence;
}
`;
