import * as v from 'valibot';
import { OVH_ENDPOINTS, type OvhCredentials, type OvhEndpoint } from '../provider/ovh-access.ts';
import type { PolledProject } from '../provider/ovh-api.ts';
import { type Env, parse, Stage, Text, words } from './environment.ts';

/** Which projects of OVHcloud are polled, and how its API is called. */
export interface PollConfig {
  readonly projects: readonly PolledProject[];
  readonly endpoint: OvhEndpoint;
  readonly credentials: OvhCredentials;
  /** Whether jobs that a budget requests to stop are interrupted there. */
  readonly mayStop: boolean;
}

const PROJECT = /^(?<provider>[A-Za-z0-9][A-Za-z0-9_-]{0,127})(?:=(?<projectId>[A-Za-z0-9._:-]{1,128}))?$/;

const toPolledProject = (word: string): PolledProject => {
  const { provider = '', projectId = provider } = PROJECT.exec(word)?.groups ?? {};
  return { provider, projectId };
};

/** Two words are a service account, three the keys of an application. */
const toOvhCredentials = ([first = '', second = '', third]: string[]): OvhCredentials =>
  third === undefined
    ? { kind: 'oauth2', clientId: first, clientSecret: second }
    : { kind: 'keys', applicationKey: first, applicationSecret: second, consumerKey: third };

const isEachOnce = (projects: PolledProject[]): boolean =>
  new Set(projects.map(({ provider }) => provider)).size === projects.length;

const PollEnv = v.pipe(
  v.object({
    STAGE: Stage,
    OVH_PROJECTS: v.pipe(
      Text,
      v.transform(words),
      v.check(
        (all: string[]) => all.every((word) => PROJECT.test(word)),
        'must be ids of provider projects, each like id or id=project, separated by white space',
      ),
      v.transform((all: string[]) => all.map(toPolledProject)),
      v.check(isEachOnce, 'must name each provider project once'),
    ),
    OVH_ENDPOINT: v.optional(
      v.picklist(OVH_ENDPOINTS, `must be one of ${OVH_ENDPOINTS.join(', ')}`),
      'ovh-eu',
    ),
    OVH_CREDENTIALS: v.pipe(
      Text,
      v.transform(words),
      v.check(
        (all) => (all.length === 2 || all.length === 3) && all.every((word) => /^[!-~]+$/.test(word)),
        'must be "<client id> <client secret>" or "<application key> <application secret> <consumer key>"',
      ),
      v.transform(toOvhCredentials),
    ),
    OVH_STOP: v.optional(v.picklist(['allowed', 'not'], 'must be allowed, or not'), 'not'),
    OVH_API_URL: v.optional(
      v.pipe(
        Text,
        v.check((text) => URL.parse(text)?.protocol === 'https:', 'must be an https URL'),
      ),
    ),
  }),
  v.forward(
    v.check(
      ({ STAGE, OVH_API_URL }) => STAGE === 'local' || OVH_API_URL === undefined,
      'is for the stage local only',
    ),
    ['OVH_API_URL'],
  ),
);

/**
 * From OVH_PROJECTS, OVH_CREDENTIALS, OVH_ENDPOINT (ovh-eu), OVH_STOP (not) and, on the stage
 * local, OVH_API_URL; undefined without OVH_PROJECTS: nothing is polled.
 */
export const readPollConfig = (env: Env = process.env): PollConfig | undefined => {
  if (!env.OVH_PROJECTS?.trim()) return undefined;
  const { OVH_PROJECTS, OVH_CREDENTIALS, OVH_ENDPOINT, OVH_STOP, OVH_API_URL } = parse(PollEnv, env);
  return Object.freeze({
    projects: Object.freeze(OVH_PROJECTS),
    endpoint: OVH_API_URL === undefined ? { name: OVH_ENDPOINT } : { url: OVH_API_URL },
    credentials: Object.freeze(OVH_CREDENTIALS),
    mayStop: OVH_STOP === 'allowed',
  });
};
