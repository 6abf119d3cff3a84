import { answer, type HttpAnswer } from '../answers.ts';
import { openApiDocument } from './document.ts';
import { referencePage } from './reference/page.ts';

/** The same for everybody, until the next deployment. */
const CACHING = { 'cache-control': 'public, max-age=300' };

/** Made when it is first asked for, and kept. */
const once = <Made>(make: () => Made) => {
  let made: Made | undefined;
  return (): Made => {
    made ??= make();
    return made;
  };
};

/** 200 with the OpenAPI document. */
export const openApiAnswer: () => HttpAnswer = once(() =>
  answer(200, 'application/json', JSON.stringify(openApiDocument()), CACHING),
);

/** 200 with the document as a page for people. */
export const referenceAnswer: () => HttpAnswer = once(() => {
  const { html, contentSecurityPolicy } = referencePage(openApiDocument());
  return answer(200, 'text/html; charset=utf-8', html, {
    ...CACHING,
    'content-security-policy': contentSecurityPolicy,
  });
});
