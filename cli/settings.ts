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

/**
 * Options win over the environment, and that over what `login` has kept.
 * @param readStored asked where something is missing: a file that can't be read is no matter where none is needed
 */
export async function accessTo(
  options: AccessOptions,
  environment: Environment,
  readStored: () => Promise<StoredSettings>,
): Promise<Access> {
  const organization = organizationIn(options, environment);
  const given = urlIn(options, environment);
  const ownKey = environment.HAWSER_API_KEY?.trim();
  const apiKey = ownKey ? checkedApiKey(ownKey, 'HAWSER_API_KEY') : undefined;
  if (given !== undefined && apiKey !== undefined) return { url: normalizedUrl(given), apiKey, organization };
  const { current, profiles } = await readStored();
  const known = given ?? current;
  if (known === null) {
    throw new Failure(exitCode.notSignedIn, 'you are not signed in', {
      hint: 'run hawser login --url https://…, or set HAWSER_URL and HAWSER_API_KEY',
    });
  }
  const url = normalizedUrl(known);
  // The organization that was chosen at the login goes with the key of the login.
  if (apiKey !== undefined) return { url, apiKey, organization };
  const profile = Object.hasOwn(profiles, url) ? profiles[url] : undefined;
  if (!profile) {
    throw new Failure(exitCode.notSignedIn, `you are not signed in to ${url}`, {
      hint: `run hawser login --url ${url}, or set HAWSER_API_KEY`,
    });
  }
  return {
    url,
    apiKey: checkedApiKey(profile.api_key, `the key that is kept for ${url}`),
    organization: organization ?? profile.organization ?? undefined,
  };
}

/** Which Hawser is meant, as it was typed, where it is not that of the last login. */
export function urlIn({ url }: AccessOptions, { HAWSER_URL }: Environment): string | undefined {
  return url ?? (HAWSER_URL || undefined);
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
