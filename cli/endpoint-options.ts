import { InvalidArgumentError } from 'commander';
import { readEndpointConfig } from '../lib/config/endpoints.ts';
import type { EndpointContext } from '../lib/operations/deliver/endpoints.ts';
import { OUTGOING_TYPES, type OutgoingType } from '../lib/store/outgoing-events.ts';
import { readLocalSettings } from '../local/settings.ts';
import { connectStage, type GlobalOptions } from './stage.ts';

/** ENDPOINT_KEY, which on the local stage has a public default. */
export const endpointKeyOf = (stage: string): string =>
  readEndpointConfig({
    STAGE: stage,
    ENDPOINT_KEY: stage === 'local' ? readLocalSettings().endpointKey : process.env.ENDPOINT_KEY,
  }).endpointKey;

const isType = (text: string): text is OutgoingType => (OUTGOING_TYPES as readonly string[]).includes(text);

/** Types separated by commas, each once. */
export const typesOption = (text: string): OutgoingType[] => {
  const types = [...new Set(text.split(',').map((type) => type.trim()))];
  const known = types.filter(isType);
  const unknown = types.filter((type) => !isType(type));
  if (unknown.length === 0) return known;
  throw new InvalidArgumentError(
    `${unknown.map((type) => JSON.stringify(type)).join(', ')} is no type of event. They are: ${OUTGOING_TYPES.join(', ')}`,
  );
};

/** The table, and who changes it. */
export const connectToChange = async (options: GlobalOptions): Promise<EndpointContext> => {
  const { store, now } = await connectStage(options);
  const [{ readActor }, { randomUUID }] = await Promise.all([import('./actor.ts'), import('node:crypto')]);
  return { store, now, newId: randomUUID, by: await readActor(options.stage) };
};
