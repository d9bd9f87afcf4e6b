/** What can make a path differ from its normal form: an escape, an empty segment, or a segment that begins with a dot. */
const MAY_DIFFER = /%|\/[./]/;

/**
 * A path in the form that CloudFront compares with patterns: escapes of unreserved characters are decoded, `.` and `..` are
 * resolved, and repeated slashes become one. The origin gets the path as it was sent.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 * https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2
 */
export function normalizePath(path: string): string {
  if (!MAY_DIFFER.test(path)) return path;
  const decoded = path.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escaped.toUpperCase();
  });
  const segments: string[] = [];
  const parts = decoded.split('/').slice(1);
  for (const [at, part] of parts.entries()) {
    const last = at === parts.length - 1;
    if (part === '..') segments.pop();
    if (part === '' || part === '.' || part === '..') {
      if (last) segments.push('');
    } else segments.push(part);
  }
  return `/${segments.join('/')}`;
}

/** `*` stands for any number of characters, including slashes, and `?` for one. Case matters. */
export function pathMatcher(pattern: string): (normalizedPath: string) => boolean {
  const absolute = pattern.startsWith('/') || pattern.startsWith('*') ? pattern : `/${pattern}`;
  const prefix = absolute.slice(0, -1);
  // Every webhook passes here on its way to the API, so for a mere prefix the test is a comparison of a few characters.
  if (absolute.endsWith('*') && !/[*?]/.test(prefix)) return (path) => path.startsWith(prefix);
  const source = absolute
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (path) => expression.test(path);
}
