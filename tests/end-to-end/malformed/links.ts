import fc from 'fast-check';
import { rightToken } from './reads.ts';
import { foreignText, forgedKey, longText, type Malformed, type Target } from './request.ts';

/** Requests for sign-in links that are none, or for what the token does not name. */
export const wrongLinks = (target: Target): fc.Arbitrary<Malformed> => {
  const { projectId } = target;
  const ask = (expected: number, body: string, mediaType = 'application/json'): Malformed => ({
    kind: 'link',
    method: 'POST',
    path: '/v1/links',
    headers: [
      ['authorization', `Bearer ${rightToken(target)}`],
      ['content-type', mediaType],
    ],
    body: Buffer.from(body),
    expected: [expected],
    atDoor: false,
  });
  const oddText = fc.oneof(foreignText, forgedKey, longText, fc.constantFrom('', '*', 'a b', '../x'));
  const odd = fc.oneof(
    oddText,
    fc.jsonValue().filter((value) => typeof value !== 'string'),
  );
  const invalid = (changed: object) => ask(422, JSON.stringify({ projectId, ...changed }));
  return fc.oneof(
    odd.map((project) => invalid({ projectId: project })),
    odd.map((to) => invalid({ to })),
    odd.map((expiresIn) => invalid({ expiresIn })),
    fc
      .constantFrom(
        '//evil.example',
        'https://evil.example/projects/x',
        'javascript:alert(1)',
        '/projects/other',
      )
      .map((to) => invalid({ to })),
    fc.constantFrom('PT1H1S', 'PT0S', 'P1D', '-PT1M', 'P1M').map((expiresIn) => invalid({ expiresIn })),
    fc.constantFrom('other', '__proto__', 'proj-10').map((id) => ask(404, JSON.stringify({ projectId: id }))),
    fc.constantFrom('', '{', '{"projectId":', 'nul').map((body) => ask(400, body)),
    fc.constantFrom('text/plain', 'application/x-www-form-urlencoded').map((type) => ask(415, '{}', type)),
  );
};
