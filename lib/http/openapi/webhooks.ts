import { OUTGOING_EVENTS } from '../../shapes/outgoing-event.ts';
import { inlineSchema } from './schemas.ts';
import type { PathItem } from './types.ts';

const DESCRIPTION = `Sent to each endpoint that gets events of this type, at least once, and in the order of \`sequence\` within what it is about. The same event always has the same \`id\`: ignore one that was received before.

Verify the signature as Standard Webhooks says, with the secret of the endpoint. Answer with a status from 200 to 299 once the event is stored; after any other answer, or none, it is sent again.`;

/** `job.held`: `JobHeld`. */
const nameOf = (type: string): string =>
  type.replaceAll(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** What is sent to endpoints, by its type. */
export const webhooks = (): Readonly<Record<string, PathItem>> =>
  Object.fromEntries(
    Object.entries(OUTGOING_EVENTS).map(([type, shape]) => {
      const { description = '', ...schema } = inlineSchema(shape);
      const summary = schema.properties?.data?.description ?? description;
      return [
        type,
        {
          post: {
            operationId: `receive${nameOf(type)}`,
            tags: ['Events'],
            summary: summary.replace(/[.:].*/s, ''),
            description: `${summary}\n\n${DESCRIPTION}`,
            security: [{ webhookId: [], webhookTimestamp: [], webhookSignature: [] }],
            requestBody: {
              description,
              required: true,
              content: { 'application/cloudevents+json': { schema } },
            },
            responses: { '2XX': { description: 'The event is received.' } },
          },
        },
      ];
    }),
  );
