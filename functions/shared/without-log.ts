/**
 * Without a logger, its middleware would still copy each request and answer for it, hundreds of rows of a page one by one:
 * a twentieth of what the SDK does for a small call, a seventh for a page.
 */
export function withoutLog<Client extends { readonly middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
