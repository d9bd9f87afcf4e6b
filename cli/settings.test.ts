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
  ])('%j is not accepted as a URL', (given) => {
    expect(() => normalizedUrl(given)).toThrow('is not the URL of a Hawser');
  });
});

describe('the Hawser a command talks to', () => {
  it('the URL comes from the option, else the environment, else the last login', async () => {
    const environment = { HAWSER_URL: 'https://a.example' };
    expect(await accessOf({ url: `${LOCAL}/` }, environment)).toMatchObject({ url: LOCAL, apiKey: 'local' });
    expect(await accessOf({}, environment)).toEqual({
      url: 'https://a.example',
      apiKey: 'a',
      organization: undefined,
    });
    expect(await accessOf({}, {})).toEqual({ url: LOCAL, apiKey: 'local', organization: 'team' });
  });

  it('a key is never sent to a Hawser other than its own', async () => {
    await expect(accessOf({ url: 'https://b.example' }, {})).rejects.toThrow(
      'you are not signed in to https://b.example',
    );
    await expect(accessOf({ url: 'https://constructor' }, {}, { ...stored, profiles: {} })).rejects.toThrow(
      'not signed in',
    );
  });

  it('a key from the environment is used without the organization of the login', async () => {
    const access = await accessOf({}, { HAWSER_API_KEY: 'env' });
    expect(access).toEqual({ url: LOCAL, apiKey: 'env', organization: undefined });
    expect((await accessOf({ organization: 'other' }, {})).organization).toBe('other');
  });
});

describe('a value that no header can carry', () => {
  const refusal = async (options: AccessOptions, environment: Record<string, string>): Promise<Failure> => {
    const error = await accessOf(options, environment).catch((thrown) => thrown);
    if (!(error instanceof Failure)) throw new Error('it is taken', { cause: error });
    return error;
  };

  it.each(['hwk_secretpart1\nsecond', 'hwk_secretpart1 second', 'hwk_secretpart1\u20ac'])(
    'an invalid key is refused and not shown: %j',
    async (HAWSER_API_KEY) => {
      const { exitCode, message, details } = await refusal({}, { HAWSER_API_KEY });
      expect([exitCode, message]).toEqual([2, 'HAWSER_API_KEY is not an API key']);
      expect(details.hint).not.toContain('secretpart');
    },
  );

  it.each(['', ' ', '\u20ac', 'team\nred', 'team red'])(
    'an invalid organization is refused: %j',
    async (organization) => {
      expect((await refusal({ organization }, {})).exitCode).toBe(2);
    },
  );

  it('whitespace around a key, such as the last line break of a file, is ignored', async () => {
    expect((await accessOf({}, { HAWSER_API_KEY: ' env\n' })).apiKey).toBe('env');
  });

  it('an invalid HAWSER_ORGANIZATION is refused, and an empty one means none', async () => {
    expect((await refusal({}, { HAWSER_ORGANIZATION: 'team red' })).exitCode).toBe(2);
    expect((await accessOf({}, { HAWSER_API_KEY: 'env', HAWSER_ORGANIZATION: '' })).organization).toBeUndefined();
  });
});

it('the settings file is below XDG_CONFIG_HOME if that is an absolute path', () => {
  expect(settingsFile({ XDG_CONFIG_HOME: '/config' })).toBe('/config/hawser/config.json');
  expect(settingsFile({ XDG_CONFIG_HOME: 'config' })).toMatch(/\/\.config\/hawser\/config\.json$/);
});
