import { signal } from '@preact/signals';
import { actIn, api, onSessionChanged, onSignedOut } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import { retryFailedRequests } from '../api/resource.ts';
import { forgetAll } from '../api/responses.ts';
import type { Session } from '../api/types.ts';
import { discardUnsaved } from '../ui/unsaved.ts';

export type SessionState =
  | { readonly kind: 'unknown'; readonly problem?: Problem }
  /** `ended`: the session ended without a sign-out, so typed input is kept for the next sign-in. */
  | { readonly kind: 'signed_out'; readonly ended?: Session }
  | { readonly kind: 'signed_in'; readonly session: Session };

export const session = signal<SessionState>({ kind: 'unknown' });

/** Tells the other tabs, which share the cookie, that the session has changed. */
const tabs = new BroadcastChannel('hawser-session');
tabs.onmessage = ({ data }: MessageEvent<'signed in' | 'signed out'>) => {
  if (data === 'signed out') leave();
  else refreshSession();
};
onSignedOut(end);
onSessionChanged(refreshSession);
// A tab that was asleep has received no messages.
addEventListener('focus', refreshSession);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refreshSession();
});

function begin(found: Session): void {
  if (!actIn(found.organization_id)) {
    // A reload drops everything shown, typed or under way, because it belongs to the other organization.
    discardUnsaved();
    location.reload();
    return;
  }
  // Another key of the organization may be allowed to see less.
  forgetAll();
  session.value = { kind: 'signed_in', session: found };
  retryFailedRequests();
}

/** The session has ended without a sign-out. */
function end(): void {
  if (session.value.kind === 'signed_in') session.value = { kind: 'signed_out', ended: session.value.session };
}

/** The user has signed out, so nothing that was shown stays. */
function leave(): void {
  forgetAll();
  session.value = { kind: 'signed_out' };
}

/** Finds out whether the browser already has a session. */
export async function findSession(): Promise<void> {
  // The message about a missing response stays until there is one.
  if (session.value.kind !== 'unknown') session.value = { kind: 'unknown' };
  try {
    begin(await api.get<Session>('/v1/session'));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    session.value = error.status === 401 ? { kind: 'signed_out' } : { kind: 'unknown', problem: error };
  }
}

let isLooking = false;

/** Checks whether the session is still the one that is shown, which stays in the meantime. */
async function refreshSession(): Promise<void> {
  if (isLooking || session.value.kind === 'unknown') return;
  isLooking = true;
  try {
    const found = await api.get<Session>('/v1/session');
    if (!isShown(found)) begin(found);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // Without a response, nothing is known to have changed. If it has, the next request is refused.
    if (error.status === 401) end();
  } finally {
    isLooking = false;
  }
}

/** Renders nothing if nothing has changed, because users who return to the tab would notice a flicker. */
function isShown(found: Session): boolean {
  return session.value.kind === 'signed_in' && JSON.stringify(session.value.session) === JSON.stringify(found);
}

/** @throws Problem */
export async function signIn(apiKey: string): Promise<void> {
  begin(await api.post<Session>('/v1/session', { api_key: apiKey }));
  tabs.postMessage('signed in');
}

/** @throws Problem */
export async function signOut(): Promise<void> {
  await api.delete('/v1/session');
  leave();
  tabs.postMessage('signed out');
}

/** Whether the session may change things. Actions that it may not do are not offered. */
export function mayWrite(): boolean {
  const scope = scopeShown();
  return scope !== undefined && scope !== 'read';
}

export function isAdmin(): boolean {
  return scopeShown() === 'admin';
}

export function isSignedInWith(apiKeyId: string): boolean {
  const state = session.value;
  return state.kind === 'signed_in' && state.session.api_key_id === apiKeyId;
}

/** Includes a session that has ended: its forms stay, with what is typed into them. */
function scopeShown(): Session['scope'] | undefined {
  const state = session.value;
  if (state.kind === 'signed_in') return state.session.scope;
  return state.kind === 'signed_out' ? state.ended?.scope : undefined;
}
