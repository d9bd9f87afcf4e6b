import { signal } from '@preact/signals';
import { actIn, api, onSignedOut } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import { forgetAll } from '../api/resource.ts';
import type { Session } from '../api/types.ts';

export type SessionState =
  | { readonly kind: 'unknown'; readonly problem?: Problem }
  | { readonly kind: 'signed_out'; readonly wasSignedIn: boolean }
  | { readonly kind: 'signed_in'; readonly session: Session };

export const session = signal<SessionState>({ kind: 'unknown' });

onSignedOut(() => {
  forgetAll();
  session.value = { kind: 'signed_out', wasSignedIn: true };
});

/** Asks whether the browser has a session already. */
export async function findSession(): Promise<void> {
  session.value = { kind: 'unknown' };
  try {
    session.value = { kind: 'signed_in', session: await api.get<Session>('/v1/session') };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    session.value =
      error.status === 401 ? { kind: 'signed_out', wasSignedIn: false } : { kind: 'unknown', problem: error };
  }
}

/** @throws Problem */
export async function signIn(apiKey: string): Promise<void> {
  session.value = { kind: 'signed_in', session: await api.post<Session>('/v1/session', { api_key: apiKey }) };
}

/** @throws Problem */
export async function signOut(): Promise<void> {
  await api.delete('/v1/session');
  actIn(undefined);
  forgetAll();
  session.value = { kind: 'signed_out', wasSignedIn: false };
}

/** Whether the session may change things: what it may not do is not offered. */
export function mayWrite(): boolean {
  return session.value.kind === 'signed_in' && session.value.session.scope !== 'read';
}

export function isAdmin(): boolean {
  return session.value.kind === 'signed_in' && session.value.session.scope === 'admin';
}
