import { expect, it } from 'vitest';
import { parseOptions, usage, variableOfPort } from './options.ts';

it('every option but the root key has a default', () => {
  expect(parseOptions({})).toEqual({ port: 4100, awsPort: 4101, dataDir: '.hawser' });
});

it('every option is read from its variable', () => {
  const environment = {
    HAWSER_PORT: '5000',
    HAWSER_AWS_PORT: '5001',
    HAWSER_DATA_DIR: '/tmp/x',
    HAWSER_ROOT_KEY: 'secret',
  };
  expect(parseOptions(environment)).toEqual({ port: 5000, awsPort: 5001, dataDir: '/tmp/x', rootKey: 'secret' });
});

it.each([
  [{ HAWSER_PORT: 'http' }, 'HAWSER_PORT is "http"; allowed: a port, 1 to 65535'],
  [{ HAWSER_AWS_PORT: '70000' }, 'HAWSER_AWS_PORT is "70000"; allowed: a port, 1 to 65535'],
  [{ HAWSER_DATA_DIR: '' }, 'HAWSER_DATA_DIR is ""; allowed: a folder, created if missing'],
  [{ HAWSER_PORT: '4101' }, 'HAWSER_PORT and HAWSER_AWS_PORT must differ'],
])('the environment %j is refused', (environment, message) => {
  expect(() => parseOptions(environment)).toThrow(message);
});

it('the refusal of an unusable root key does not repeat it', () => {
  expect(() => parseOptions({ HAWSER_ROOT_KEY: 'two words' })).toThrow(
    /^HAWSER_ROOT_KEY is not usable; allowed: 1 to 256 visible ASCII characters$/,
  );
});

it('the variable of a port is known', () => {
  const options = parseOptions({});
  expect([4100, 4101, 80].map((port) => variableOfPort(options, port))).toEqual([
    'HAWSER_PORT',
    'HAWSER_AWS_PORT',
    undefined,
  ]);
});

it('the help explains every variable', () => {
  for (const name of ['HAWSER_PORT', 'HAWSER_AWS_PORT', 'HAWSER_DATA_DIR', 'HAWSER_ROOT_KEY'])
    expect(usage).toContain(name);
});
