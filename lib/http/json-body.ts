import * as v from 'valibot';
import { isJsonMediaType } from '../media-type.ts';
import { Refusal } from '../refusal.ts';
import { inputErrors } from '../validation.ts';
import { bodyJson, type HttpRequest } from './http-request.ts';

/** The JSON body of a request in this shape, or a refusal with a JSON pointer per error. */
export const parseJsonBody = <const Shape extends v.GenericSchema>(
  { headers, body }: HttpRequest,
  shape: Shape,
  what: string,
): v.InferOutput<Shape> => {
  if (!isJsonMediaType(headers.get('content-type') ?? ''))
    throw new Refusal('unsupported-media-type', 'send application/json');
  const { success, output, issues } = v.safeParse(shape, bodyJson(body), { abortPipeEarly: true });
  if (success) return output;
  throw new Refusal('invalid', `the ${what} is not valid: see errors`, {
    errors: inputErrors(issues, { what: 'the request' }),
  });
};
