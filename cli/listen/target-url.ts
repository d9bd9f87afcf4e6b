import { usageFailure } from '../failure.ts';
import { clean } from '../output.ts';

/** A port, or host and path, are enough. */
export function targetUrl(text: string): URL {
  const url = URL.parse(wholeUrl(text.trim()));
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw usageFailure(`--to ${clean(text)} is no URL`, 'it looks like http://localhost:3000/webhooks');
  }
  return url;
}

function wholeUrl(text: string): string {
  // Not `http://3000`, which URLs take for the address 0.0.11.184.
  if (/^\d+([/\\?#]|$)/.test(text)) return `http://localhost:${text}`;
  // With a colon and no port behind it, it is another scheme, or half of one: http://ftp: would be the host ftp.
  return /^[a-z][a-z\d+.-]*:([/\\?#]|$)/i.test(text) ? text : `http://${text}`;
}
