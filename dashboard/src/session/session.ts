import { signal } from '@preact/signals';
import { actIn, api, onSessionChanged, onSignedOut } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import { askAgainForWhatFailed, forgetAll } from '../api/resource.ts';
import type { Session } from '../api/types.ts';
import { discardUnsaved } from '../ui/unsaved.ts';

export type SessionState =
  | { readonly kind: 'unknown'; readonly problem?: Problem }
  /** `ended`: nobody has signed out, and what is typed is kept for who signs in again. */
  | { readonly kind: 'signed_out'; readonly ended?: Session }
  | { readonly kind: 'signed_in'; readonly session: Session };

export const session = signal<SessionState>({ kind: 'unknown' });

/** Tells the other tabs, which share the cookie, that it is of somebody else now. */
const tabs = new BroadcastChannel('hawser-session');
tabs.onmessage = ({ data }: MessageEvent<'signed in' | 'signed out'>) => {
  if (data === 'signed out') leave();
  else lookAgain();
};
onSignedOut(end);
onSessionChanged(lookAgain);
// A tab that was asleep has heard nothing.
addEventListener('focus', lookAgain);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) lookAgain();
});

function begin(found: Session): void {
  if (!actIn(found.organization_id)) {
    // With all that is shown, typed or under way, which is the other organization's.
    discardUnsaved();
    location.reload();
    return;
  }
  // Another key of the organization may see less.
  forgetAll();
  session.value = { kind: 'signed_in', session: found };
  askAgainForWhatFailed();
}

/** The session is over, and nobody has said so. */
function end(): void {
  if (session.value.kind === 'signed_in') session.value = { kind: 'signed_out', ended: session.value.session };
}

/** Somebody has signed out: nothing of what was shown stays. */
function leave(): void {
  forgetAll();
  session.value = { kind: 'signed_out' };
}

/** Asks whether the browser has a session already. */
export async function findSession(): Promise<void> {
  // What is said while nobody answers stays until somebody does.
  if (session.value.kind !== 'unknown') session.value = { kind: 'unknown' };
  try {
    begin(await api.get<Session>('/v1/session'));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    session.value = error.status === 401 ? { kind: 'signed_out' } : { kind: 'unknown', problem: error };
  }
}

let isLooking = false;

/** Whether the session is still the one that is shown, while that stays. */
async function lookAgain(): Promise<void> {
  if (isLooking || session.value.kind === 'unknown') return;
  isLooking = true;
  try {
    const found = await api.get<Session>('/v1/session');
    if (!isShown(found)) begin(found);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // Without an answer nothing is known to have changed, and whatever is asked for next is refused if it has.
    if (error.status === 401) end();
  } finally {
    isLooking = false;
  }
}

/** Rendering anew what has not changed would be seen by whoever has come back to the tab. */
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

/** Whether the session may change things: what it may not do is not offered. */
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

/** Also of a session that has ended: its forms stay, with what is typed into them. */
function scopeShown(): Session['scope'] | undefined {
  const state = session.value;
  if (state.kind === 'signed_in') return state.session.scope;
  return state.kind === 'signed_out' ? state.ended?.scope : undefined;
}
