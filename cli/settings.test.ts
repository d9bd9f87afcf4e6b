import { describe, expect, it } from 'vitest';
import { Failure } from './failure.ts';
import { type AccessOptions, accessTo, normalizedUrl } from './settings.ts';
import { type StoredSettings, settingsFile } from './settings-file.ts';

const LOCAL = 'http://127.0.0.1:4100';
const stored = {
  current: LOCAL,
  profiles: {
    [LOCAL]: { api_key: 'local', organization: 'team' },
    'https://a.example': { api_key: 'a', organization: null },
  },
};

const accessOf = (options: AccessOptions, environment: Record<string, string>, kept: StoredSettings = stored) =>
  accessTo(options, environment, async () => kept);

describe('the URL of a Hawser', () => {
  it.each([
    ['https://hooks.example.com/', 'https://hooks.example.com'],
    ['HTTPS://Hooks.Example.com:443/v1/', 'https://hooks.example.com'],
    ['hooks.example.com', 'https://hooks.example.com'],
    ['localhost:4100', 'http://localhost:4100'],
    ['127.0.0.1:4100/v1', 'http://127.0.0.1:4100'],
    ['[::1]:4100', 'http://[::1]:4100'],
    ['https://localhost:4100', 'https://localhost:4100'],
    ['localhost.example.com', 'https://localhost.example.com'],
    ['https://x.execute-api.eu-west-1.amazonaws.com/live/', 'https://x.execute-api.eu-west-1.amazonaws.com/live'],
  ])('%s is kept as %s', (given, kept) => {
    expect(normalizedUrl(given)).toBe(kept);
  });

  it.each([
    '',
    'ftp://example.com',
    'https://user:key@example.com',
    'https://example.com/?key=1',
    'https://',
    'localhost@example.com',
    ':4100',
  ])('%j is none', (given) => {
    expect(() => normalizedUrl(given)).toThrow('is not the URL of a Hawser');
  });
});

describe('what a command talks to', () => {
  it('is what the option says, else the environment, else the last login', async () => {
    const environment = { HAWSER_URL: 'https://a.example' };
    expect(await accessOf({ url: `${LOCAL}/` }, environment)).toMatchObject({ url: LOCAL, apiKey: 'local' });
    expect(await accessOf({}, environment)).toEqual({
      url: 'https://a.example',
      apiKey: 'a',
      organization: undefined,
    });
    expect(await accessOf({}, {})).toEqual({ url: LOCAL, apiKey: 'local', organization: 'team' });
  });

  it('never gets the key of another one', async () => {
    await expect(accessOf({ url: 'https://b.example' }, {})).rejects.toThrow(
      'you are not signed in to https://b.example',
    );
    await expect(accessOf({ url: 'https://constructor' }, {}, { ...stored, profiles: {} })).rejects.toThrow(
      'not signed in',
    );
  });

  it('gets the key of the environment, and then not the organization of the login', async () => {
    const access = await accessOf({}, { HAWSER_API_KEY: 'env' });
    expect(access).toEqual({ url: LOCAL, apiKey: 'env', organization: undefined });
    expect((await accessOf({ organization: 'other' }, {})).organization).toBe('other');
  });
});

describe('what no header could carry', () => {
  const refusal = async (options: AccessOptions, environment: Record<string, string>): Promise<Failure> => {
    const error = await accessOf(options, environment).catch((thrown) => thrown);
    if (!(error instanceof Failure)) throw new Error('it is taken', { cause: error });
    return error;
  };

  it.each(['hwk_secretpart1\nsecond', 'hwk_secretpart1 second', 'hwk_secretpart1\u20ac'])(
    'is refused as a key, and not told: %j',
    async (HAWSER_API_KEY) => {
      const { exitCode, message, details } = await refusal({}, { HAWSER_API_KEY });
      expect([exitCode, message]).toEqual([2, 'HAWSER_API_KEY is not an API key']);
      expect(details.hint).not.toContain('secretpart');
    },
  );

  it.each(['', ' ', '\u20ac', 'team\nred', 'team red'])('is refused as an organization: %j', async (organization) => {
    expect((await refusal({ organization }, {})).exitCode).toBe(2);
  });

  it('but for what surrounds a key, as the last line break of a file does', async () => {
    expect((await accessOf({}, { HAWSER_API_KEY: ' env\n' })).apiKey).toBe('env');
  });

  it('is refused of HAWSER_ORGANIZATION, too, of which nothing means none', async () => {
    expect((await refusal({}, { HAWSER_ORGANIZATION: 'team red' })).exitCode).toBe(2);
    expect((await accessOf({}, { HAWSER_API_KEY: 'env', HAWSER_ORGANIZATION: '' })).organization).toBeUndefined();
  });
});

it('the file is below XDG_CONFIG_HOME, where that is an absolute path', () => {
  expect(settingsFile({ XDG_CONFIG_HOME: '/config' })).toBe('/config/hawser/config.json');
  expect(settingsFile({ XDG_CONFIG_HOME: 'config' })).toMatch(/\/\.config\/hawser\/config\.json$/);
});
