import { exitCode, Failure, usageFailure } from './failure.ts';
import type { StoredSettings } from './settings-file.ts';

/** Which Hawser a command calls, and as whom. */
export interface Access {
  readonly url: string;
  readonly apiKey: string;
  /** Only with the root key: the organization in which it acts. */
  readonly organization: string | undefined;
}

export interface AccessOptions {
  readonly url?: string | undefined;
  readonly organization?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** In the form in which it is stored, so that two spellings of one URL are one profile. */
export function normalizedUrl(text: string): string {
  const url = URL.parse(text.includes('://') ? text : withScheme(text));
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw usageFailure(
      `${text} is not the URL of a Hawser`,
      'it looks like https://hooks.example.com, or http://127.0.0.1:4100',
    );
  }
  // People also copy the URL with its version. No stage of a deployment is called v1 (lib/gateway.ts).
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** On this machine Hawser has no certificate (`npm start`), and nobody else sees what is sent to it. */
function withScheme(text: string): string {
  const hostname = URL.parse(`http://${text}`)?.hostname ?? '';
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return `${isLoopback ? 'http' : 'https'}://${text}`;
}

/**
 * Options take precedence over the environment, which takes precedence over the stored login.
 * @param readStored only called if something is missing, so an unreadable file does not matter when it is not needed
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
  // The organization chosen at login belongs to the key of that login.
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

/** The Hawser that is meant, as it was typed, unless it is that of the last login. */
export function urlIn({ url }: AccessOptions, { HAWSER_URL }: Environment): string | undefined {
  return url ?? (HAWSER_URL || undefined);
}

/** What a header may contain. Otherwise fetch would refuse it with a message that quotes all of it. */
const WORD = /^[\x21-\x7e]+$/;

/** @param what how the message refers to it; the text itself is never shown */
export function checkedApiKey(text: string, what: string): string {
  if (!WORD.test(text)) throw usageFailure(`${what} is not an API key`, 'a key is one word, such as hwk_…');
  return text;
}

/** The organization asked for, if any. The key of a login may come with a different one. */
export function organizationIn(
  { organization }: AccessOptions,
  { HAWSER_ORGANIZATION }: Environment,
): string | undefined {
  const given = organization ?? (HAWSER_ORGANIZATION || undefined);
  if (given !== undefined && !WORD.test(given)) {
    const what = organization === undefined ? 'HAWSER_ORGANIZATION' : '--organization';
    throw usageFailure(
      `${what} is not the name of an organization`,
      'it is one word, such as team-blue, or an id (org_…)',
    );
  }
  return given;
}
