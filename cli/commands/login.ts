import type { Command } from 'commander';
import * as z from 'zod';
import { Api } from '../api.ts';
import { addCommand, type Invocation } from '../command.ts';
import { exitCode, Failure } from '../failure.ts';
import { readSecret } from '../input.ts';
import { clean } from '../output.ts';
import { checkedApiKey, normalizedUrl, organizationIn, urlIn } from '../settings.ts';
import { readSettings, settingsFile, writeSettings } from '../settings-file.ts';

const session = z.looseObject({
  organization_name: z.string(),
  scope: z.string(),
  api_key_id: z.string().nullable(),
  api_key_name: z.string().nullable(),
});

/** The address of `npm start`. */
const DEFAULT_URL = 'http://127.0.0.1:4100';

export function addLogin(root: Command): void {
  addCommand(root, {
    usage: 'login',
    summary:
      'Sign in: stores an API key in your config folder, readable only by you. Asks for the key, or reads it from stdin',
    examples: ['login', 'login --url https://hooks.example.com', 'login --url https://hooks.example.com < key.txt'],
    run: login,
  });
  addCommand<object>(root, {
    usage: 'logout',
    summary: 'Forget the key of a Hawser. The key stays valid: hawser keys delete revokes it',
    examples: ['logout', 'logout --url https://hooks.example.com'],
    run: logout,
  });
  addCommand<object>(root, {
    usage: 'whoami',
    summary: 'Show which Hawser the commands use, and as whom',
    examples: ['whoami', 'whoami --json'],
    run: whoami,
  });
}

async function login({ out, options }: Invocation<object>): Promise<void> {
  const file = settingsFile(process.env);
  const stored = await readSettings(file, (text) => out.note(text));
  const url = normalizedUrl(urlIn(options, process.env) ?? stored.current ?? DEFAULT_URL);
  if (isPlain(url)) out.note(`${url} is not https: anyone on the way can read the key`);
  const organization = organizationIn(options, process.env) ?? null;
  const apiKey = checkedApiKey(await readSecret(`API key for ${url}: `), 'that');
  const response = await new Api({ url, apiKey, organization: organization ?? undefined }).get('/v1/session');
  const { organization_name, scope, api_key_name } = session.parse(response);
  const profiles = { ...stored.profiles, [url]: { api_key: apiKey, organization } };
  await writeSettings(file, { current: url, profiles });
  if (out.json) return out.document({ url, file, session: response });
  out.line(`Signed in to ${url}: organization ${clean(organization_name)}, ${keyName(api_key_name)}, scope ${scope}.`);
  out.note(`The key is stored in ${file}.`);
  if (process.env.HAWSER_API_KEY) out.note('HAWSER_API_KEY is set, and takes precedence.');
}

async function logout({ out, options }: Invocation<object>): Promise<void> {
  const file = settingsFile(process.env);
  const stored = await readSettings(file, (text) => out.note(text));
  const given = urlIn(options, process.env) ?? stored.current;
  if (given === null) throw new Failure(exitCode.notSignedIn, 'you are not signed in anywhere');
  const url = normalizedUrl(given);
  const { [url]: gone, ...profiles } = stored.profiles;
  if (!gone) {
    throw new Failure(exitCode.notSignedIn, `you are not signed in to ${url}`, {
      hint: `known: ${Object.keys(profiles).join(', ') || 'none'}`,
    });
  }
  await writeSettings(file, { current: stored.current === url ? null : stored.current, profiles });
  if (out.json) return out.document({ url, success: true });
  out.line(`The key for ${url} is forgotten.`);
}

async function whoami(invocation: Invocation<object>): Promise<void> {
  const { out } = invocation;
  const api = await invocation.api();
  const response = await api.get('/v1/session');
  if (out.json) return out.document({ url: api.url, session: response });
  const { organization_name, scope, api_key_name } = session.parse(response);
  out.fields({ hawser: api.url, organization: clean(organization_name), key: clean(keyName(api_key_name)), scope });
}

function keyName(name: string | null): string {
  return name === null ? 'the root key' : `the key ${clean(name)}`;
}

function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
