import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate of `localhost`, valid at any time that a clock may show. */
export const createCertificate = async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...{ keyType: 'ec', algorithm: 'sha256' },
    notBeforeDate: new Date('2000-01-01T00:00:00Z'),
    notAfterDate: new Date('2100-01-01T00:00:00Z'),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'ovh-stand-in-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, cert);
  return { key, cert, caFile, remove: () => rm(folder, { recursive: true, force: true }) };
};
