import * as z from 'zod';
import type { Api } from '../api.ts';

const response = z.looseObject({ clients: z.array(z.looseObject({ connected_at: z.string() })) });

/** @param path of its WebSocket destination. @returns who is connected, in a line */
export async function clientsOf(api: Api, path: string): Promise<string> {
  const { clients } = response.parse(await api.get(`${path}/clients`));
  // The client that has been connected the longest comes first.
  const [first] = clients;
  return first ? `${clients.length} connected, since ${first.connected_at}` : 'none connected';
}
