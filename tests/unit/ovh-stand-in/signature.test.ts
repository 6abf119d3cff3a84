import { expect, test } from 'vitest';
import { signatureOf } from '../../../local/ovh-stand-in/signature.ts';

test('a signature is the one of the published scheme', () => {
  const credentials = { applicationKey: 'key', applicationSecret: 'AAAA', consumerKey: 'CCCC' };
  const url = 'https://eu.api.ovh.com/1.0/cloud/project/p1/ai/job?page=1&size=50';
  expect(signatureOf(credentials, { method: 'GET', url, body: '' }, '1764313200')).toBe(
    '$1$0205a7cd6a0ef29e024d76804ef15c7e6864f3b2',
  );
});
