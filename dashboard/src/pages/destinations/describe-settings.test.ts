import { describe, expect, it } from 'vitest';
import { describeAuth, describeConfig } from './describe-settings.ts';

describe('the settings of a destination', () => {
  it('settings that are set are listed by their labels', () => {
    const config = { topic: 'projects/p/topics/t', ordering_key: null, attributes: {}, wait_for: ['a'], depth: 0 };
    expect(describeConfig(config)).toEqual([
      ['Topic', 'projects/p/topics/t'],
      ['Wait for', '["a"]'],
      ['Depth', '0'],
    ]);
  });

  it('auth is described in words', () => {
    expect(describeAuth({ type: 'gcp_service_account', client_email: 'a@b.example', private_key: '••••' })).toBe(
      'gcp service account: client email a@b.example, private key ••••',
    );
    expect(describeAuth({ type: 'aws_role' })).toBe('aws role');
  });
});
