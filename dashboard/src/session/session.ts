import { signal } from '@preact/signals';
import { actIn, api, onSessionChanged, onSignedOut } from '../api/client.ts';
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

/** Tells the other tabs, which share the cookie, that it is of somebody else now. */
const tabs = new BroadcastChannel('hawser-session');
tabs.onmessage = () => void lookAgain();
onSessionChanged(() => void lookAgain());

function begin(found: Session): void {
  actIn(found.organization_id);
  session.value = { kind: 'signed_in', session: found };
}

/** Asks whether the browser has a session already. */
export async function findSession(): Promise<void> {
  session.value = { kind: 'unknown' };
  try {
    begin(await api.get<Session>('/v1/session'));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    session.value =
      error.status === 401 ? { kind: 'signed_out', wasSignedIn: false } : { kind: 'unknown', problem: error };
  }
}

/** What is shown is of the session before, and goes with it. */
async function lookAgain(): Promise<void> {
  forgetAll();
  await findSession();
}

/** @throws Problem */
export async function signIn(apiKey: string): Promise<void> {
  begin(await api.post<Session>('/v1/session', { api_key: apiKey }));
  tabs.postMessage('signed in');
}

/** @throws Problem */
export async function signOut(): Promise<void> {
  await api.delete('/v1/session');
  forgetAll();
  session.value = { kind: 'signed_out', wasSignedIn: false };
  tabs.postMessage('signed out');
}

/** Whether the session may change things: what it may not do is not offered. */
export function mayWrite(): boolean {
  return session.value.kind === 'signed_in' && session.value.session.scope !== 'read';
}

export function isAdmin(): boolean {
  return session.value.kind === 'signed_in' && session.value.session.scope === 'admin';
}
