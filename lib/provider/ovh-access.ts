/** Keys of an application, or a service account of OAuth2. */
export type OvhCredentials =
  | {
      readonly kind: 'keys';
      readonly applicationKey: string;
      readonly applicationSecret: string;
      readonly consumerKey: string;
    }
  | { readonly kind: 'oauth2'; readonly clientId: string; readonly clientSecret: string };

/** Where an API and its tokens are. */
export interface OvhEndpoint {
  readonly api: string;
  readonly token: string;
}

/** The APIs of OVHcloud, named as by its own client. */
export const OVH_ENDPOINTS = {
  'ovh-eu': { api: 'https://eu.api.ovh.com/1.0', token: 'https://www.ovh.com/auth/oauth2/token' },
  'ovh-ca': { api: 'https://ca.api.ovh.com/1.0', token: 'https://ca.ovh.com/auth/oauth2/token' },
  'ovh-us': { api: 'https://api.us.ovhcloud.com/1.0', token: 'https://us.ovhcloud.com/auth/oauth2/token' },
} as const satisfies Readonly<Record<string, OvhEndpoint>>;

/** The API at another address, like that of a stand-in of the provider. */
export const endpointAt = (url: string): OvhEndpoint => ({
  api: url.replace(/\/$/, ''),
  token: new URL('/auth/oauth2/token', url).href,
});
