import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { exitCode, Failure, usageFailure } from './failure.ts';

const storedSettings = z.object({
  /** The Hawser that commands talk to, where nothing else is said. */
  current: z.string().nullable(),
  /** By URL. */
  profiles: z.record(z.string(), z.object({ api_key: z.string(), organization: z.string().nullable() })),
});
export type StoredSettings = z.output<typeof storedSettings>;

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

/** Nobody but their owner reads keys. */
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** https://specifications.freedesktop.org/basedir-spec/latest/: a relative path in the variable is invalid, and passed over. */
export function settingsFile(environment: Environment): string {
  const given = environment.XDG_CONFIG_HOME;
  const folder = given?.startsWith('/') ? given : join(homedir(), '.config');
  return join(folder, 'hawser', 'config.json');
}

export async function readSettings(file: string, warn: (text: string) => void): Promise<StoredSettings> {
  const text = await readIfThere(file);
  if (text === undefined) return { current: null, profiles: {} };
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    await chmod(file, OWNER_ONLY);
    warn(`${file} could be read by others, and has keys in it: it is yours alone now`);
  }
  try {
    return storedSettings.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw new Failure(exitCode.failed, `${file} is not what hawser has written`, {
      hint: 'mend it, or delete it and run hawser login',
    });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // A folder on the way may be missing, or be none: both times nothing is kept.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw fileFailure(file, 'read', error);
  }
}

function fileFailure(file: string, done: 'read' | 'written', error: unknown): Failure {
  return new Failure(exitCode.failed, `${file} can't be ${done}: ${(error as Error).message}`, {
    hint: 'XDG_CONFIG_HOME says in which folder it is; with HAWSER_URL and HAWSER_API_KEY none is needed',
  });
}

export async function writeSettings(file: string, settings: StoredSettings): Promise<void> {
  try {
    await replaceFile(file, `${JSON.stringify(settings, null, 2)}\n`);
  } catch (error) {
    throw fileFailure(file, 'written', error);
  }
}

/** All or nothing: whoever reads meanwhile finds the old file or the new one. */
async function replaceFile(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  const handle = await open(temporary, 'w', OWNER_ONLY);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

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
