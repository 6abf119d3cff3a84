/** Keys of an application, or a service account of OAuth2. */
export type OvhCredentials =
  | {
      readonly kind: 'keys';
      readonly applicationKey: string;
      readonly applicationSecret: string;
      readonly consumerKey: string;
    }
  | { readonly kind: 'oauth2'; readonly clientId: string; readonly clientSecret: string };

/** The APIs of OVHcloud, named as by its own client. */
export const OVH_ENDPOINTS = ['ovh-eu', 'ovh-ca', 'ovh-us'] as const;

/** One of these APIs, or one at another https address, like that of a stand-in of the provider. */
export type OvhEndpoint = { readonly name: (typeof OVH_ENDPOINTS)[number] } | { readonly url: string };
