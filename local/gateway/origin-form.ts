/** A proxy's absolute-form target (`http://host/path`) becomes a path; everything else stays as it is. */
export function originForm(url: string): string {
  if (url.startsWith('/')) return url;
  const authority = url.indexOf('://');
  if (authority === -1) return url;
  const path = url.indexOf('/', authority + 3);
  return path === -1 ? '/' : url.slice(path);
}
