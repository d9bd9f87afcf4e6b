import { exitCode, Failure, usageFailure } from './failure.ts';
import type { StoredSettings } from './settings-file.ts';

/** What a command talks to, and as whom. */
export interface Access {
  readonly url: string;
  readonly apiKey: string;
  /** With the root key alone: in which organization it acts. */
  readonly organization: string | undefined;
}

export interface AccessOptions {
  readonly url?: string | undefined;
  readonly organization?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** In the form in which it is kept: two spellings of one URL are one profile. */
export function normalizedUrl(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw usageFailure(
      `${text} is no URL of a Hawser`,
      'it looks like https://hooks.example.com, or http://127.0.0.1:4100',
    );
  }
  // People copy it with the version, too. No stage of a deployment is called v1 (lib/gateway.ts).
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Options win over the environment, and that over what `login` has kept. */
export function accessTo(options: AccessOptions, environment: Environment, stored: StoredSettings): Access {
  const given = options.url ?? (environment.HAWSER_URL || undefined) ?? stored.current ?? undefined;
  if (given === undefined) {
    throw new Failure(exitCode.notSignedIn, 'you are not signed in', {
      hint: 'run hawser login --url https://…, or set HAWSER_URL and HAWSER_API_KEY',
    });
  }
  const url = normalizedUrl(given);
  const profile = Object.hasOwn(stored.profiles, url) ? stored.profiles[url] : undefined;
  const ofEnvironment = environment.HAWSER_API_KEY?.trim();
  const apiKey = ofEnvironment || profile?.api_key;
  if (!apiKey) {
    throw new Failure(exitCode.notSignedIn, `you are not signed in to ${url}`, {
      hint: `run hawser login --url ${url}, or set HAWSER_API_KEY`,
    });
  }
  // The organization that was chosen at the login goes with the key of the login.
  const kept = ofEnvironment ? undefined : (profile?.organization ?? undefined);
  return {
    url,
    apiKey: checkedApiKey(apiKey, ofEnvironment ? 'HAWSER_API_KEY' : `the key that is kept for ${url}`),
    organization: organizationIn(options, environment) ?? kept,
  };
}

/** What a header carries, and fetch would otherwise refuse with a message that has the whole of it. */
const WORD = /^[\x21-\x7e]+$/;

/** @param what it is called; the text itself is never shown */
export function checkedApiKey(text: string, what: string): string {
  if (!WORD.test(text)) throw usageFailure(`${what} is no API key`, 'a key is one word, such as hwk_…');
  return text;
}

/** The one that is asked for, if any: the key of a login may have another. */
export function organizationIn(
  { organization }: AccessOptions,
  { HAWSER_ORGANIZATION }: Environment,
): string | undefined {
  const given = organization ?? (HAWSER_ORGANIZATION || undefined);
  if (given !== undefined && !WORD.test(given)) {
    const what = organization === undefined ? 'HAWSER_ORGANIZATION' : '--organization';
    throw usageFailure(`${what} is no name of an organization`, 'it is one word, such as team-blue, or an id (org_…)');
  }
  return given;
}
