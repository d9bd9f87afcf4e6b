import { usageFailure } from '../failure.ts';
import { clean } from '../output.ts';

/** Accepts a URL, a port, or host and path. */
export function targetUrl(text: string): URL {
  const url = URL.parse(wholeUrl(text.trim()));
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw usageFailure(`--to ${clean(text)} is not a URL`, 'it looks like http://localhost:3000/webhooks');
  }
  return url;
}

function wholeUrl(text: string): string {
  // Not `http://3000`, which would mean the address 0.0.11.184.
  if (/^\d+([/\\?#]|$)/.test(text)) return `http://localhost:${text}`;
  // A colon with no port after it means another scheme, or half of one: `http://ftp:` would be the host ftp.
  return /^[a-z][a-z\d+.-]*:([/\\?#]|$)/i.test(text) ? text : `http://${text}`;
}
